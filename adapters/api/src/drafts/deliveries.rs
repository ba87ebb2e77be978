//! Which deliveries are to be attempted again.

use navette_router::Faults;
use navette_router::hub::ReplayQuery;
use navette_router::model::{CaseId, Check, OrganizationKey, ProcessCode};

use super::Draft;
use super::reader::Reader;
use crate::json::object;
use crate::openapi::facet::{PROCESS_CODE, any, format, pattern};

object!(ReplayBody {
    /// To whom, as `SI-22770001000019-77372`.
    recipient: String = "recipient" => pattern("^SI-[0-9]{14}-[A-Za-z0-9_]{1,10}$").required(),
    /// Of which process; of all when nothing is said.
    process: String = "processCode" => pattern(PROCESS_CODE),
    /// About which case; about all when nothing is said.
    case: String = "caseId" => format("uuid"),
    /// Those called for from here on.
    from: String = "from" => format("date-time"),
    /// Those called for before this.
    until: String = "until" => format("date-time"),
    /// Those that have arrived, too; otherwise only those that are not attempted any more.
    delivered_too: bool = "deliveredToo" => any(),
});

/// `{"recipient", "processCode", "caseId", "from", "until", "deliveredToo"}`; nothing when there are faults.
#[derive(Debug)]
pub(crate) struct ReplayDraft(pub(crate) Option<ReplayQuery>);

impl Draft for ReplayDraft {
    type Body = ReplayBody;

    fn from_body(body: ReplayBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        let recipient = reader.take("recipient", body.recipient);
        let process = reader.take("processCode", body.process);
        let case = reader.take("caseId", body.case);
        let (from, until) = (reader.take("from", body.from), reader.take("until", body.until));
        let delivered_too = reader.take("deliveredToo", body.delivered_too).unwrap_or_default();
        let mut check = Check::new(faults, "");
        let recipient =
            check.word::<OrganizationKey>("recipient", recipient, "the organizations, such as SI-22770001000019-77372");
        let process = process.and_then(|text| {
            let code = ProcessCode::new(&text);
            if code.is_none() {
                check.fault("processCode", "is not a process code; give 1 to 30 letters, digits, '-', '_' or '.'");
            }
            code
        });
        let case = case.and_then(|text| {
            let case = text.parse::<CaseId>().ok();
            if case.is_none() {
                check.fault("caseId", "is not a valid UUID; write it as the hub gave it");
            }
            case
        });
        let (from, until) = (check.optional_date("from", from), check.optional_date("until", until));
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            check.fault("until", "is not after from; correct one of them");
        }
        Self(recipient.map(|recipient| ReplayQuery { recipient, process, case, from, until, delivered_too }))
    }
}
