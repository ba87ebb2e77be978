//! What is asked of the view's servers: prepared once, sent to a node that has the answer.

use scylla::client::session::Session;
use scylla::errors::PrepareError;
use scylla::statement::Consistency;
use scylla::statement::prepared::PreparedStatement;

use super::options::Cassandra;

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident: $text:literal,)+) => {
        /// Every statement of the cluster.
        #[derive(Debug)]
        pub(super) struct Statements {
            $($(#[$doc])* pub(super) $name: PreparedStatement,)+
        }

        impl Statements {
            /// Prepares all of them for the keyspace.
            pub(super) async fn prepare(session: &Session, options: &Cassandra) -> Result<Self, PrepareError> {
                let keyspace = &options.keyspace;
                let mut prepared = Self {
                    $($name: session.prepare($text.replace("{}", keyspace)).await?,)+
                };
                // A statement that writes the same the second time may be sent again by the driver. A decision may not: when others have
                // decided since the first time, the second answer is that it was not taken. Nor may it wait for a node that hangs: what
                // it came to is asked of another one, by the fence, which may be sent again, since nothing ever depends on one.
                $(prepared.$name.set_is_idempotent(true);)+
                prepared.decide.set_is_idempotent(false);
                prepared.decide.set_request_timeout(Some(options.decide_timeout));
                prepared.fence.set_request_timeout(Some(options.decide_timeout));
                prepared.decision_settled.set_consistency(Consistency::Serial);
                prepared.agreement_settled.set_consistency(Consistency::Serial);
                Ok(prepared)
            }
        }
    };
}

statements! {
    /// What all gateways have the same of.
    agreement: "SELECT value FROM {}.agreements WHERE agreed_on = ?",
    /// The same, once every proposal that was under way is taken or never will be.
    agreement_settled: "SELECT value FROM {}.agreements WHERE agreed_on = ?",
    /// Proposes it.
    agree: "INSERT INTO {}.agreements (agreed_on, value) VALUES (?, ?) IF NOT EXISTS",
    /// Who decided last about a subject, and how far that was applied.
    decision: "SELECT head, decided, applied FROM {}.decisions WHERE subject = ?",
    /// The same, once every decision that was under way is taken or never will be.
    decision_settled: "SELECT head, decided, applied FROM {}.decisions WHERE subject = ?",
    /// What was decided last.
    intent: "SELECT head, decided, intent FROM {}.decisions WHERE subject = ?",
    /// Decides, if nobody else did.
    decide: "UPDATE {}.decisions SET head = ?, decided = ?, intent = ? WHERE subject = ? IF head = ?",
    /// Makes sure that nobody decides any more upon a head that was seen.
    fence: "UPDATE {}.decisions SET head = ? WHERE subject = ? IF head = ?",
    /// Notes what was applied.
    put_applied: "INSERT INTO {}.decisions (subject, applied) VALUES (?, ?) USING TIMESTAMP ?",

    /// One record of a folder.
    record: "SELECT kind, owner, id, record, position, rank, WRITETIME(record) FROM {}.records
        WHERE folder = ? AND kind = ? AND owner = ? AND id = ?",
    /// Some records of one kind and owner.
    records: "SELECT kind, owner, id, record, position, rank, WRITETIME(record) FROM {}.records
        WHERE folder = ? AND kind = ? AND owner = ? AND id IN ?",
    /// All records of one kind and owner.
    records_of: "SELECT kind, owner, id, record, position, rank, WRITETIME(record) FROM {}.records
        WHERE folder = ? AND kind = ? AND owner = ?",
    /// All records of a folder.
    records_all: "SELECT kind, owner, id, record, position, rank, WRITETIME(record) FROM {}.records WHERE folder = ?",
    /// Writes a record.
    put_record: "INSERT INTO {}.records (folder, kind, owner, id, record) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?",
    /// Writes the record of a notification, with its place in the inbox.
    put_waiting: "INSERT INTO {}.records (folder, kind, owner, id, record, position, rank) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
    /// Removes a record.
    remove_record: "DELETE FROM {}.records USING TIMESTAMP ? WHERE folder = ? AND kind = ? AND owner = ? AND id = ?",
    /// Removes all records of a folder.
    remove_folder: "DELETE FROM {}.records USING TIMESTAMP ? WHERE folder = ?",

    /// In which folder something is.
    lookup: "SELECT kind, folder, owner FROM {}.lookups WHERE id = ?",
    /// Says in which folder something is.
    put_lookup: "INSERT INTO {}.lookups (id, kind, folder, owner) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
    /// Says no more in which folder something is.
    remove_lookup: "DELETE FROM {}.lookups USING TIMESTAMP ? WHERE id = ?",

    /// What waits in an inbox of one hour, from a place on.
    inbox: "SELECT position, rank, id, record FROM {}.inbox
        WHERE recipient = ? AND process = ? AND bucket = ? AND position >= ? LIMIT ?",
    /// What waits there behind a place.
    inbox_after: "SELECT position, rank, id, record FROM {}.inbox
        WHERE recipient = ? AND process = ? AND bucket = ? AND (position, rank, id) > (?, ?, ?) LIMIT ?",
    /// How much waits there.
    inbox_count: "SELECT COUNT(*) FROM {}.inbox WHERE recipient = ? AND process = ? AND bucket = ? AND position >= ?",
    /// Puts a notification into an inbox.
    put_inbox: "INSERT INTO {}.inbox (recipient, process, bucket, position, rank, id, record) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
    /// Takes a notification out of an inbox.
    remove_inbox: "DELETE FROM {}.inbox USING TIMESTAMP ?
        WHERE recipient = ? AND process = ? AND bucket = ? AND position = ? AND rank = ? AND id = ?",
    /// The inboxes of a recipient.
    inboxes: "SELECT recipient, process, bucket, late FROM {}.inboxes WHERE recipient = ?",
    /// The inboxes of everybody.
    inboxes_all: "SELECT recipient, process, bucket, late FROM {}.inboxes",
    /// Says that something was put into an inbox.
    put_bucket: "INSERT INTO {}.inboxes (recipient, process, bucket) VALUES (?, ?, ?) USING TIMESTAMP ?",
    /// Says that something was put into an inbox long after its time.
    put_late: "INSERT INTO {}.inboxes (recipient, process, bucket, late) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
    /// Says that nothing is in an inbox any more.
    remove_bucket: "DELETE FROM {}.inboxes USING TIMESTAMP ? WHERE recipient = ? AND process = ? AND bucket = ?",

    /// A page of a list.
    listed_after: "SELECT id, record FROM {}.listings WHERE list = ? AND bucket = ? AND id > ? LIMIT ?",
    /// The beginning of a list.
    listed: "SELECT id, record FROM {}.listings WHERE list = ? AND bucket = ? LIMIT ?",
    /// A page of a list, backwards.
    listed_before: "SELECT id, record FROM {}.listings WHERE list = ? AND bucket = ? AND id < ? ORDER BY id DESC LIMIT ?",
    /// The end of a list, backwards.
    listed_last: "SELECT id, record FROM {}.listings WHERE list = ? AND bucket = ? ORDER BY id DESC LIMIT ?",
    /// Where a list has something.
    buckets: "SELECT bucket FROM {}.listing_buckets WHERE list = ?",
    /// Says that a list has something there.
    put_listing_bucket: "INSERT INTO {}.listing_buckets (list, bucket) VALUES (?, ?) USING TIMESTAMP ?",
    /// Lists something.
    put_listed: "INSERT INTO {}.listings (list, bucket, id, record) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
    /// Takes something off a list.
    remove_listed: "DELETE FROM {}.listings USING TIMESTAMP ? WHERE list = ? AND bucket = ? AND id = ?",

    /// Copies that a portal is to delete.
    purges: "SELECT recipient, process, case_id, attachment FROM {}.purges WHERE recipient = ? AND shard = ? LIMIT ?",
    /// Copies that a portal is to delete, behind one.
    purges_after: "SELECT recipient, process, case_id, attachment FROM {}.purges
        WHERE recipient = ? AND shard = ? AND (case_id, attachment) > (?, ?) LIMIT ?",
    /// Copies that any portal is to delete.
    purges_all: "SELECT recipient, process, case_id, attachment FROM {}.purges LIMIT ?",
    /// When a copy was put there.
    purge_written: "SELECT WRITETIME(process) FROM {}.purges
        WHERE recipient = ? AND shard = ? AND case_id = ? AND attachment = ?",
    /// Adds a copy to delete.
    put_purge: "INSERT INTO {}.purges (recipient, shard, case_id, attachment, process) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?",
    /// Takes a copy away.
    remove_purge: "DELETE FROM {}.purges USING TIMESTAMP ? WHERE recipient = ? AND shard = ? AND case_id = ? AND attachment = ?",

    /// A mail that waits.
    mail: "SELECT record, WRITETIME(record) FROM {}.mails WHERE id = ?",
    /// Writes a mail.
    put_mail: "INSERT INTO {}.mails (id, record) VALUES (?, ?) USING TIMESTAMP ?",
    /// Removes a mail.
    remove_mail: "DELETE FROM {}.mails USING TIMESTAMP ? WHERE id = ?",
    /// Mails that are due.
    mails_due: "SELECT due, id FROM {}.mails_due WHERE shard = ? AND due >= ? AND due <= ? LIMIT ?",
    /// How many mails wait.
    mails_count: "SELECT COUNT(*) FROM {}.mails_due WHERE shard = ?",
    /// Says when a mail is due.
    put_due: "INSERT INTO {}.mails_due (shard, due, id) VALUES (?, ?, ?) USING TIMESTAMP ?",
    /// Says that a mail is not due then.
    remove_due: "DELETE FROM {}.mails_due USING TIMESTAMP ? WHERE shard = ? AND due = ? AND id = ?",

    /// What is due at an endpoint in one hour, from a time to another.
    deliveries_due: "SELECT due, id, folder FROM {}.deliveries_due
        WHERE subscription = ? AND bucket = ? AND due >= ? AND due <= ? LIMIT ?",
    /// Says that something is due at an endpoint.
    put_delivery_due: "INSERT INTO {}.deliveries_due (subscription, bucket, due, id, folder) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?",
    /// Says that it is not due then.
    remove_delivery_due: "DELETE FROM {}.deliveries_due USING TIMESTAMP ? WHERE subscription = ? AND bucket = ? AND due = ? AND id = ?",
    /// In which hours something is due at an endpoint.
    deliveries_hours: "SELECT bucket FROM {}.deliveries_hours WHERE subscription = ? AND bucket >= ? AND bucket <= ?",
    /// Says that something is due in an hour.
    put_deliveries_hour: "INSERT INTO {}.deliveries_hours (subscription, bucket) VALUES (?, ?) USING TIMESTAMP ?",
    /// Says that nothing is due in an hour any more.
    remove_deliveries_hour: "DELETE FROM {}.deliveries_hours USING TIMESTAMP ? WHERE subscription = ? AND bucket = ?",

    /// Some bytes of an attachment.
    chunk: "SELECT bytes FROM {}.chunks WHERE content = ? AND part = ? AND number = ?",
    /// Writes some bytes. They are written once and removed once, so that no clock is needed to tell which came later.
    put_chunk: "INSERT INTO {}.chunks (content, part, number, bytes) VALUES (?, ?, ?, ?) USING TIMESTAMP 1",
    /// Removes the bytes of a part.
    remove_chunks: "DELETE FROM {}.chunks USING TIMESTAMP 2 WHERE content = ? AND part = ?",
    /// The contents of a gateway that perhaps no record names.
    uploads: "SELECT place, attachment FROM {}.uploads WHERE gateway = ?",
    /// Says that perhaps no record names a content.
    put_upload: "INSERT INTO {}.uploads (gateway, place, attachment) VALUES (?, ?, ?)",
    /// The same of one that a record named before.
    note_lost: "INSERT INTO {}.uploads (gateway, place, attachment) VALUES (?, ?, ?) USING TIMESTAMP ?",
    /// Says that a record names it, or that it is gone.
    remove_upload: "DELETE FROM {}.uploads WHERE gateway = ? AND place = ?",

    /// Sets a message aside.
    put_aside: "INSERT INTO {}.set_aside (topic, partition_number, message_offset, reason, message) VALUES (?, ?, ?, ?, ?)",
}
