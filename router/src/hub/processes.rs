//! Processes: how they enter the hub, change, and are read.

use crate::entry::Fact;
use crate::error::{Error, Faults, Noun};
use crate::listing::{Page, ProcessQuery};
use crate::model::{Check, OrganizationType, Process, ProcessCode, ProcessDraft};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::referential::Reference;
use crate::rights::Caller;

use super::Hub;
use super::again::again;
use super::referential::{ADMINISTRATORS, complete};

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Registers a process that does not exist yet.
    pub async fn create_process(&self, caller: &Caller, draft: ProcessDraft, faults: Faults) -> Result<Process, Error> {
        again(|| self.create_process_once(caller, draft.clone(), faults.clone())).await
    }

    async fn create_process_once(
        &self,
        caller: &Caller,
        draft: ProcessDraft,
        mut faults: Faults,
    ) -> Result<Process, Error> {
        caller.require(ADMINISTRATORS)?;
        let now = self.now();
        let process = draft.validate(&mut Check::new(&mut faults, ""), now);
        let writer = self.store.writer(Subject::Referential).await?;
        if let Some(process) = &process {
            if self.store.referential(|known| known.process(&process.code).is_some()) {
                return Err(Error::invalid("", format!("Process {} already exists", process.code)));
            }
            self.check_owner(process, &mut faults);
        }
        let process = complete(process, faults)?;
        self.commit(writer, caller, now, vec![Fact::ProcessRegistered(process.clone())]).await?;
        Ok(process)
    }

    /// Replaces what is known of a process; the next deposit follows the new rules. Its code stays.
    pub async fn update_process(
        &self,
        caller: &Caller,
        code: &ProcessCode,
        draft: ProcessDraft,
        faults: Faults,
    ) -> Result<Process, Error> {
        again(|| self.update_process_once(caller, code, draft.clone(), faults.clone())).await
    }

    async fn update_process_once(
        &self,
        caller: &Caller,
        code: &ProcessCode,
        mut draft: ProcessDraft,
        mut faults: Faults,
    ) -> Result<Process, Error> {
        caller.require(ADMINISTRATORS)?;
        let now = self.now();
        draft.code.get_or_insert_with(|| code.as_str().to_owned());
        let process = draft.validate(&mut Check::new(&mut faults, ""), now);
        let writer = self.store.writer(Subject::Referential).await?;
        let current = self.process(caller, code)?;
        if let Some(process) = &process {
            if process.code != *code {
                faults.add("code", format!("must be {code}: the code of a process cannot change"));
            }
            self.check_owner(process, &mut faults);
        }
        let process = complete(process, faults)?;
        let process = Process { created_at: current.created_at, updated_at: Some(now), ..process };
        let before = Fact::Replaced(Reference::Process(current));
        self.commit(writer, caller, now, vec![Fact::ProcessRegistered(process.clone()), before]).await?;
        Ok(process)
    }

    fn check_owner(&self, process: &Process, faults: &mut Faults) {
        if process.osl.kind() != OrganizationType::Osl {
            faults.add("osl.type", "must be OSL; a process is owned by an operator of online services");
        } else if self.store.referential(|known| known.organization(&process.osl).is_none()) {
            faults.add("osl", format!("organization {} does not exist; create it first", process.osl));
        }
    }

    /// A process.
    pub fn process(&self, caller: &Caller, code: &ProcessCode) -> Result<Process, Error> {
        caller.require(ADMINISTRATORS)?;
        self.store
            .referential(|known| known.process(code).map(|process| Process::clone(process)))
            .ok_or(Error::NotFound(Noun::Process))
    }

    /// A page of the processes.
    pub fn processes(&self, caller: &Caller, query: &ProcessQuery) -> Result<Page<Process>, Error> {
        caller.require(ADMINISTRATORS)?;
        let limit = self.referential_rows(query.window.limit);
        Ok(self
            .store
            .referential(|known| Page::of(known.processes().filter(|row| query.matches(row)), query.window, limit)))
    }
}
