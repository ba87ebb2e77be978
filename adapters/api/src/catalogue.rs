//! Every message that a refusal may hold: why it comes, and what to do about it. A test compares each message of the code with it.

/// A message, in which `…` stands for what differs from one answer to another. `field: ` or `[parameter] ` may stand before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complaint {
    /// The status of the answers that hold it.
    pub status: u16,
    /// The message.
    pub message: &'static str,
    /// Why it comes.
    pub cause: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Complaint {
    /// Whether `message` is one of these.
    pub fn covers(&self, message: &str) -> bool {
        let of_body = message.split_once(": ").filter(|(path, _)| !path.contains(' ')).map(|(_, rest)| rest);
        let of_address = message.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map(|(_, rest)| rest);
        [Some(message), of_body, of_address].into_iter().flatten().any(|message| self.fits(message))
    }

    fn fits(&self, message: &str) -> bool {
        let mut parts = self.message.split('…');
        let Some(mut rest) = parts.next().and_then(|first| message.strip_prefix(first)) else { return false };
        let mut open = false;
        for part in parts {
            open = part.is_empty();
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
        }
        open || rest.is_empty()
    }
}

macro_rules! complaints {
    ($($status:literal $message:literal: $cause:literal => $remedy:literal;)+) => {
        &[$(Complaint { status: $status, message: $message, cause: $cause, remedy: $remedy }),+]
    };
}

/// Every message of the interface.
#[rustfmt::skip]
pub const CATALOGUE: &[Complaint] = complaints! {
    400 "required property is missing; add it": "A property that the operation needs is absent or null." => "Give it a value.";
    400 "must not be empty; give a value": "The text is empty or blank." => "Give it a value.";
    400 "is null; give a value or leave the element out": "An element of a list is null." => "Give it a value, or take it out of the list.";
    400 "is longer than … characters; shorten it": "The text is longer than the interface allows." => "Shorten it.";
    400 "contains a control character; remove it": "The text holds an invisible character; only prose may hold line breaks." => "Remove it.";
    400 "is not a known value; use one of …": "The word is not one of those that are listed, with their case." => "Use one of them.";
    400 "is not a valid date; write it like …": "The text is not a date with a time and an offset." => "Write it as RFC 3339 says.";
    400 "String is not a valid email value; write it like …": "The text is not an e-mail address." => "Correct it, or leave it out where it may be.";
    400 "is not a telephone number; write …": "The text is not a telephone number." => "Write 10 to 20 digits, with or without a leading +.";
    400 "does not match [0-9]{14}; give the 14 digits of the SIRET": "The company register is not 14 digits." => "Give the SIRET without spaces.";
    400 "is not a branch code; give 1 to 10 letters or digits": "The branch code holds something else, or too much." => "Give the INSEE code of a commune, or what the hub listed.";
    400 "is not a process code; give …": "The text cannot be the code of a process." => "Check its spelling.";
    400 "is not the code of a process of the hub; check its spelling and case": "No process has this code." => "Ask GET /referential/v1/processes, or the hub's operators.";
    400 "must be at least 1; give a number of bytes": "The size is zero or negative." => "Give the largest size, in bytes.";
    400 "must hold at least one value; add one": "The list is empty." => "Add a value.";
    400 "holds a value that is longer than … characters or not printable; correct it": "A value of the list is too long, or holds an invisible character." => "Correct it.";
    400 "holds more than … values; shorten it": "The list is longer than a rule may be." => "Shorten it.";
    400 "is not a number of days; give 0 to 36525": "The delay is negative, or longer than a century." => "Give a number of days.";
    400 "is not a number of attachments; give …": "The count is not one that the hub could ever reach." => "Give a number from 1 to the hub's own limit.";
    400 "is a status from before the recipient is told: …": "Files would be deleted before anybody could have fetched them." => "Use HUBEE_NOTIFIED or a later status.";
    400 "is longer than a folder is kept once it is …": "The folder would be deleted before its files." => "Shorten the delay, or lengthen those of the folder.";
    400 "must not be negative; give the number of bytes": "The size of a file is negative." => "Give its length, in bytes.";
    400 "is not a media type; write it like application/pdf": "The text is not type/subtype." => "Give the media type of the file.";
    400 "is not a valid UUID; write it as the hub gave it": "The text is not an identifier." => "Send the identifier as it was received.";
    400 "Input string \"…\" is not …": "A part of the address is malformed." => "Build the address from the identifiers that the hub gave.";
    400 "Instance type (…) does not match any allowed primitive type (allowed: …)…": "The value has another type than the interface says." => "Send the type that is allowed.";
    400 "Query parameter '…' is unexpected; remove it": "The operation does not know the parameter." => "Remove it, or correct its spelling.";
    400 "is not a field of the list; write asc(field) or desc(field) with one of …": "The list cannot be ordered by this." => "Use one of the fields that are named.";
    400 "is less than …; give a larger number": "The number is below what makes sense." => "Give a larger one.";
    400 "is too large; give a smaller number": "The number is too large to be counted with." => "Give a smaller one.";
    400 "is neither true nor false; give one of them": "The parameter is a yes or no." => "Write true or false.";
    400 "is not a valid UUID; give the identifier of a folder": "The parameter is not an identifier." => "Give the `next` of the former answer.";
    400 "is not a valid UUID; give the `next` of the former answer": "The parameter is not a place in the list." => "Give the `next` of the former answer.";
    400 "holds more than … codes; ask for fewer": "One parameter may hold 200 codes." => "Ask in several requests.";
    400 "holds a value that is not a process code; correct it": "A code of the list is malformed." => "Correct it.";
    400 "the body is of type …; send a JSON …": "The body is JSON of another kind." => "Send what the operation reads.";
    400 "the body is null; send a JSON …": "The body is null." => "Send what the operation reads.";
    400 "the body is empty; send a JSON …": "There is no body." => "Send what the operation reads.";
    400 "the body … at line …, column …; correct it there": "The body is not JSON that can be read." => "Correct it where it is said.";
    400 "the body holds more than … values; split the request": "The body is larger than one request should be." => "Split it.";
    400 "the body is not validly encoded": "The framing or the compression of the body is broken." => "Send it again; check the proxy between.";
    400 "the client closed the connection before the end of the body": "The body broke off." => "Send it again.";
    400 "the body does not have the announced size; send the announced file": "More or fewer bytes came than `size` says." => "Send the file that was announced, or announce this one.";
    400 "the body has … bytes and size is …; send the announced file": "More or fewer bytes would come than `size` says." => "Send the file that was announced, or announce this one.";
    400 "the body has more bytes than size, which is …; send the announced file": "More bytes came than `size` says." => "Send the file that was announced, or announce this one.";
    400 "the body has fewer bytes than size, which is …; send the announced file": "Fewer bytes came than `size` says." => "Send the file that was announced, or announce this one.";
    400 "digest is not the SHA-256 of the body; compute it over the bytes sent and write it in base64": "The file was changed on its way, or the digest is of another." => "Compute it over the bytes that are sent, and send them again.";
    400 "[digest] is not a SHA-256; write its 32 bytes in base64": "The header holds something else." => "Write the 32 bytes in base64, or leave the header out.";
    400 "the content is not what mimeType says; announce the file with its real media type": "The first bytes are those of another kind of file." => "Announce the file again, as what it is.";
    400 "another content was already received for this attachment; announce a new attachment for it": "An attachment is received once; the same bytes again are welcome." => "Announce another attachment.";
    400 "the folder was completed: its attachments cannot be sent any more; send an event with attachments": "The recipients were already told." => "Post an ATTACH_DEPOSIT event.";
    400 "the event was sent: its attachments cannot be sent any more; post a new event": "The other side was already told." => "Post another event.";
    400 "process … is not activated; ask an administrator of the hub": "Deposits to the process are closed." => "Ask when it opens.";
    400 "must hold at least one case; add one for each recipient": "A folder without cases reaches nobody." => "Add a case for each recipient.";
    400 "holds more than … cases; split the folder": "The folder has more recipients than one may have." => "Split it.";
    400 "is the external id of another case of this folder; give each case its own": "Two cases have the same number." => "Give each its own.";
    400 "Case recipient … does not exist": "No organization has this type, SIRET and branch." => "Check them against the subscriptions of the process.";
    400 "Case recipient … does not suscribed to …": "The organization has no subscription in force to the process." => "Check the subscriptions of the process; the status must be Actif, and the dates right.";
    400 "must hold at least one attachment; add one": "A folder needs a file." => "Announce one.";
    400 "holds more than … attachments; put them into an archive or split the folder": "There are more files than one folder may have." => "Send an archive, or several folders.";
    400 "holds more than … attachments; post several events": "There are more files than one event may have." => "Post several events.";
    400 "required property is missing; list the external ids of the cases that may see this file": "A file of a folder must say who may see it." => "List the externalId of each case that may.";
    400 "must name at least one case; list the external ids of the cases that may see this file": "Nobody could see the file." => "List the externalId of each case that may.";
    400 "names no case of this folder; use the externalId of one of its cases": "A recipient of the file is no case of the folder." => "Use the externalId of a case of the same body.";
    400 "is not allowed by process …; use one of …": "The process does not take this type or format." => "Use one that is listed.";
    400 "is more than process … allows; send at most … bytes": "The file is larger than the process takes." => "Send a smaller one.";
    400 "holds more attachments than process … allows; announce at most …": "The process limits how many files a folder may hold." => "Put them into an archive, or split the folder.";
    400 "attachment … is still PENDING; upload it before completing the folder": "A file that was announced has not been sent." => "PUT it, then complete the folder.";
    400 "attachment … is REJECTED; upload it again before completing the folder": "What was sent was not what was announced." => "PUT the right file, then complete the folder.";
    400 "a folder can be deleted only while HUBEE_RECEIVED and this one is …; close it instead": "Its recipients were already told." => "Set it to CLOSED.";
    400 "a folder that has events cannot be deleted; close it instead": "Something already happened to one of its cases." => "Set it to CLOSED.";
    400 "… is not a status that this caller may set; see the table of statuses": "The status is set by the other side, or by the hub." => "See docs/statuses.md.";
    400 "… cannot follow …; read the present status first": "The life of a case does not go this way." => "Read the case, and see docs/statuses.md.";
    400 "process … does not allow messages; use another action": "SENDING_MESSAGE is closed for this process." => "Post another action.";
    400 "required property is missing; SENDING_MESSAGE needs the message to send": "A message without text." => "Give `message`.";
    400 "the case already has … events; it can take no more": "The case has reached the hub's limit." => "Ask the hub's operators; something is posting in a loop.";
    400 "must hold at least one attachment; ATTACH_DEPOSIT announces the files to send": "ATTACH_DEPOSIT without files." => "Announce the files in `attachments`.";
    400 "must be empty; only ATTACH_DEPOSIT may announce files": "Another action with files." => "Use ATTACH_DEPOSIT.";
    400 "cannot be set to IN_PROGRESS; set SENT or RECEIVED": "An event goes forward only." => "Set SENT (its author) or RECEIVED (the other side).";
    400 "cannot be RECEIVED before it is SENT; send its files, then set SENT": "The author of the event has not sent it." => "Set SENT first.";
    400 "attachment … is …; upload it before sending the event": "A file of the event has not been received." => "PUT it, then set SENT.";
    400 "only an ATTACH_DEPOSIT event that is IN_PROGRESS can be deleted; this one was sent": "The other side was already told." => "Post another event that corrects it.";
    400 "must be …: the code of a process cannot change": "The body names another process than the address." => "Create another process.";
    400 "must be OSL; a process is owned by an operator of online services": "The owner is of another type." => "Name an OSL.";
    400 "organization … does not exist; create it first": "The owner of the process is not known." => "Register it first.";
    400 "… already exists": "There is one with the same key, and it was left as it is." => "Nothing: what was wanted is there. PUT changes it.";
    400 "must be SI; only a processing service subscribes": "The subscriber is of another type." => "Name an SI.";
    400 "must be …: create another subscription": "The process or the subscriber of a subscription cannot change." => "Create another one.";
    400 "is needed by a subscription that is Actif; give PORTAIL, API, SFTP or WEBHOOK": "Nobody knows how to reach the subscriber." => "Give accessMode.";
    400 "is before activateDateTime; correct one of them": "The subscription would end before it begins." => "Correct the dates.";
    400 "is not after from; correct one of them": "The period would end before it begins." => "Correct the dates.";
    400 "type, companyRegister and branchCode must be those of …: they cannot change": "The body names another organization than the address." => "Create another one, and migrate the cases.";
    400 "is organizationSource; name another organization": "An organization cannot be moved to itself." => "Name another one.";
    400 "must be of type SI; only recipients have cases to move": "The organization is no recipient." => "Name an SI.";
    400 "… is being moved to …; try again when that is done": "A move of the same organization is in progress." => "Try again later; it ends by itself.";
    400 "is not a number of hours from 0 to …": "The overlap is out of bounds." => "Give a number of hours.";
    400 "the credential is revoked or already has a successor; issue another one": "A credential is rotated once." => "Rotate its successor, or issue another one.";
    400 "… does not exist; create it first": "The organization or the process of the credential is not known." => "Register it first.";
    400 "must be an OSL; a credential to deposit is an operator's": "The organization is of another type." => "Name an OSL.";
    400 "must be an SI; a credential to receive is a processing service's": "The organization is of another type." => "Name an SI.";
    400 "required property is missing; a credential to receive is for one process": "An SI's credential is tied to a process." => "Name the process.";
    400 "is not a way of this hub; it has …": "The hub does not go to recipients this way, or not without more configuration." => "Use one that is listed, or ask for `deliveries` to be configured.";
    400 "required property is missing; the subscription's access mode is none for which the hub goes out": "The way is neither named nor that of the subscription." => "Give `mode`.";
    400 "cannot be opened with the hub's sealing key; give it again": "The secret was sealed with a key that the hub has no more." => "Set the secret again, or put the key back.";
    400 "holds a name that is none; use lower-case letters, digits and _": "A setting or a secret has a name that no setting has." => "Use the names of docs/adapters.";
    400 "holds more than … windows; join some": "There are too many windows of maintenance." => "Join some of them.";
    400 "is not a part of a day; write it like …": "The window of maintenance cannot be read." => "Write hours and minutes of its beginning and of its end.";
    400 "is not a number of hours from 1 to …": "The wait before the next way is out of bounds." => "Give a number of hours.";
    400 "is missing; give it: …": "The way needs this setting." => "Give it.";
    400 "is not a known setting; the known ones are …": "The way has no setting of this name." => "Correct its name, or remove it.";
    400 "is a secret; give it among the secrets, where nobody reads it": "A secret stands among the settings, which are shown." => "Move it, and change it if it was shown.";
    400 "is no secret; give it among the settings": "A setting stands among the secrets." => "Move it.";
    400 "and … more faults": "The list of faults is cut." => "Correct those that are listed first.";
    401 "Invalid Credentials": "There is no token, or it has ended, or its credential was revoked." => "Ask for a token, and send it as `Authorization: Bearer …`.";
    403 "Unauthorized user": "The credential gives no right to the operation, or to this object." => "Use the credential of the party, and for an SI that of the process.";
    404 "… is not found": "There is no object with this identifier." => "Check the identifier, and that it is of this kind of object.";
    404 "Resource is not found; check the address": "Nothing lives at the address." => "Check the base URL and the path.";
    405 "Method not allowed; use …": "The address does not know the method." => "Use one that is named; a POST that means PATCH needs X-HTTP-Method-Override.";
    408 "no bytes arrived for too long": "The body stopped coming, or came too slowly." => "Send it again, over a better connection.";
    413 "the body is larger than this operation accepts": "The body is larger than the limit, or than the attachment may be." => "Send less.";
    413 "a JSON body may have at most … bytes; split the request": "The body is larger than the limit." => "Split the request.";
    413 "the request holds more than may be written down at once; split it": "What would be recorded is too large for one entry of the journal." => "Split the request.";
    415 "the body must be JSON; send it as application/json": "The body is made of parts." => "Send JSON.";
    416 "the file has … bytes; ask for some of them": "The range lies behind the end of the file." => "Ask for less.";
    500 "Internal server error; tell the hub's operators the X-Request-Id of this answer": "The hub found its own data damaged." => "Tell the hub's operators.";
    503 "the hub cannot take this now; try again later": "The hub is overloaded (503) or its disk is full (507)." => "Try again after Retry-After; a repeated request is harmless.";
};

#[cfg(test)]
mod tests;
