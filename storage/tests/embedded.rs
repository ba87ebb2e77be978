//! The embedded backend passes the conformance suite, and everything moves from one machine to another.

mod machine;

use navette_storage::conformance::{relocation, within_bounds};
use navette_storage::conformance_suite;

use machine::OneMachine;

conformance_suite!(OneMachine::new());

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_moves_there_and_back() {
    let [here, there, back] = std::array::from_fn(|_| OneMachine::new());
    within_bounds(Box::pin(relocation::everything_moves_there_and_back(here, there, back))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_move_that_is_cut_short_goes_on() {
    within_bounds(Box::pin(relocation::a_move_that_is_cut_short_goes_on(OneMachine::new(), OneMachine::new()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_differs_is_named() {
    within_bounds(Box::pin(relocation::what_differs_is_named(OneMachine::new(), OneMachine::new()))).await;
}
