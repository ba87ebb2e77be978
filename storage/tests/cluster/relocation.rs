//! Everything moves from one machine to a cluster, and back.

use navette_storage::conformance::{relocation, within_bounds};

use crate::machine::OneMachine;
use crate::servers::Servers;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_moves_to_a_cluster_and_back() {
    within_bounds(Box::pin(relocation::everything_moves_there_and_back(
        OneMachine::new(),
        Servers::new(),
        OneMachine::new(),
    )))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_moves_from_a_cluster_to_one_machine_and_to_another_cluster() {
    within_bounds(Box::pin(relocation::everything_moves_there_and_back(
        Servers::new(),
        OneMachine::new(),
        Servers::new(),
    )))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_move_to_a_cluster_that_is_cut_short_goes_on() {
    within_bounds(Box::pin(relocation::a_move_that_is_cut_short_goes_on(OneMachine::new(), Servers::new()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_move_from_a_cluster_that_is_cut_short_goes_on() {
    within_bounds(Box::pin(relocation::a_move_that_is_cut_short_goes_on(Servers::new(), OneMachine::new()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_differs_on_a_cluster_is_named() {
    within_bounds(Box::pin(relocation::what_differs_is_named(OneMachine::new(), Servers::new()))).await;
}
