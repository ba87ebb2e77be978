//! What all gateways must have the same of, such as the key of their tokens: the first one says, the others compare.

use scylla::value::Row;

use super::database::Database;
use super::error::Error;

impl Database {
    /// What was agreed on, if anything was.
    pub(super) async fn agreement(&self, on: &str) -> Result<Option<String>, Error> {
        Ok(self.row::<(Option<String>,)>(&self.statements.agreement, (on,)).await?.and_then(|(value,)| value))
    }

    /// Proposes a value, and gives the one that holds.
    pub(super) async fn agree(&self, on: &str, value: &str) -> Result<String, Error> {
        if let Some(agreed) = self.agreement(on).await? {
            return Ok(agreed);
        }
        // Whoever comes second changes nothing. What the first one said is read again, since the answer has other columns then.
        self.row::<Row>(&self.statements.agree, (on, value)).await?;
        let agreed = self.row::<(Option<String>,)>(&self.statements.agreement_settled, (on,)).await?;
        agreed.and_then(|(value,)| value).ok_or(Error::Malformed("agreement"))
    }
}
