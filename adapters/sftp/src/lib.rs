//! Brings cases to SFTP servers of recipients, in the form that the software of town halls has read for years: one zip a case, the
//! [`message`] of the State's older platform. What comes back is an [`answer`].

pub mod answer;
pub mod message;
