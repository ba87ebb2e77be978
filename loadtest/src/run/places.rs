//! Everybody takes their place: the depositors' ears, recipients, and editors who hold many inboxes.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::profile::WorldPlan;
use crate::roles::owner;
use crate::roles::recipient::{self, Holder};
use crate::roster::Temper;
use crate::stage::Stage;

/// Lets everybody begin. They end when every inbox was read once more at the end.
pub(super) fn take_places(stage: &Arc<Stage>, world: &WorldPlan) -> JoinSet<()> {
    let mut roles = JoinSet::new();
    for process in 0..stage.roster.processes.len() {
        roles.spawn(owner::listen(Arc::clone(stage), process));
    }
    let (mut editors, mut alone): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    for (index, desk) in stage.roster.desks.iter().enumerate() {
        let held = desk.temper == Temper::Prompt && editors.len() < world.editors * world.desks_per_editor;
        if held { editors.push(index) } else { alone.push(index) }
    }
    for desks in editors.chunks(world.desks_per_editor.max(1)) {
        roles.spawn(recipient::attend(Arc::clone(stage), desks.to_vec(), Holder::Editor));
    }
    for desk in alone {
        roles.spawn(recipient::attend(Arc::clone(stage), vec![desk], Holder::Alone));
    }
    roles
}
