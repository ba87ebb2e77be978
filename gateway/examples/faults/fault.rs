//! What goes wrong, and how it is made to go wrong.

use std::time::Duration;

use anyhow::Result;
use rustix::process::Signal;

use crate::proxy::Relay;
use crate::servers::{BROKERS, NODES};
use crate::story::Outcome;
use crate::world::{JOURNAL_PARTITIONS, World};

/// How something dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// SIGKILL.
    Killed,
    /// SIGSTOP, and SIGCONT later.
    Stopped,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Gateway(Way),
    Brokers(usize, Way),
    Nodes(usize, Way),
    /// A broker whose disk is full.
    FullDisk,
    /// The nodes answer so much later.
    SlowNodes(Duration),
    /// Connections to the nodes are cut when an answer comes.
    CutNodes,
    /// Connections of callers are cut when an answer comes.
    CutCallers,
    /// The clock of a gateway is so many minutes ahead.
    Clock(i32),
    /// Messages that nobody can read lie in the topics.
    Poison,
}

/// A fault as it is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Its name on the page.
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
    /// How long after the requests were sent it begins; 0: before they are.
    pub(crate) begins: Duration,
    /// How long it lasts at least.
    pub(crate) lasts: Duration,
    /// Whether the hub is expected to work again while it lasts.
    pub(crate) is_survived: bool,
}

const fn fault(name: &'static str, title: &'static str, kind: Kind, lasts: u64, is_survived: bool) -> Fault {
    Fault { name, title, kind, begins: Duration::ZERO, lasts: Duration::from_secs(lasts), is_survived }
}

const fn amid(milliseconds: u64, fault: Fault) -> Fault {
    Fault { begins: Duration::from_millis(milliseconds), ..fault }
}

/// A stop that outlasts the session of a gateway with Kafka (6 s).
const LONG_STOP_SECONDS: u64 = 12;

/// All of them, in the order in which they are tried.
pub(crate) const ALL: [Fault; 22] = [
    amid(0, fault("gateway-killed", "a gateway gets SIGKILL before its requests", Kind::Gateway(Way::Killed), 1, true)),
    amid(
        5,
        fault("gateway-killed-5", "a gateway gets SIGKILL 5 ms into its requests", Kind::Gateway(Way::Killed), 1, true),
    ),
    amid(
        40,
        fault(
            "gateway-killed-40",
            "a gateway gets SIGKILL 40 ms into its requests",
            Kind::Gateway(Way::Killed),
            1,
            true,
        ),
    ),
    amid(
        10,
        fault(
            "gateway-stopped",
            "a gateway gets SIGSTOP for 12 s, 10 ms into its requests",
            Kind::Gateway(Way::Stopped),
            LONG_STOP_SECONDS,
            true,
        ),
    ),
    fault("broker-killed", "one broker of three gets SIGKILL", Kind::Brokers(1, Way::Killed), 3, true),
    amid(
        10,
        fault(
            "broker-killed-10",
            "one broker of three gets SIGKILL 10 ms into the requests",
            Kind::Brokers(1, Way::Killed),
            3,
            true,
        ),
    ),
    fault(
        "broker-stopped",
        "one broker of three gets SIGSTOP for 12 s",
        Kind::Brokers(1, Way::Stopped),
        LONG_STOP_SECONDS,
        true,
    ),
    fault("brokers-killed", "all brokers get SIGKILL", Kind::Brokers(3, Way::Killed), 3, false),
    fault(
        "brokers-stopped",
        "all brokers get SIGSTOP for 12 s",
        Kind::Brokers(3, Way::Stopped),
        LONG_STOP_SECONDS,
        false,
    ),
    fault("broker-full", "the disk of one broker of three is full", Kind::FullDisk, 3, true),
    fault("node-killed", "one Cassandra node of three gets SIGKILL", Kind::Nodes(1, Way::Killed), 3, true),
    amid(
        10,
        fault(
            "node-killed-10",
            "one Cassandra node of three gets SIGKILL 10 ms into the requests",
            Kind::Nodes(1, Way::Killed),
            3,
            true,
        ),
    ),
    fault(
        "node-stopped",
        "one Cassandra node of three gets SIGSTOP for 12 s",
        Kind::Nodes(1, Way::Stopped),
        LONG_STOP_SECONDS,
        true,
    ),
    fault("nodes-killed", "all Cassandra nodes get SIGKILL", Kind::Nodes(3, Way::Killed), 3, false),
    fault(
        "nodes-stopped",
        "all Cassandra nodes get SIGSTOP for 12 s",
        Kind::Nodes(3, Way::Stopped),
        LONG_STOP_SECONDS,
        false,
    ),
    fault(
        "store-slow",
        "Cassandra answers a gateway 300 ms late",
        Kind::SlowNodes(Duration::from_millis(300)),
        3,
        true,
    ),
    fault("store-stuck", "Cassandra answers a gateway 15 s late", Kind::SlowNodes(Duration::from_secs(15)), 16, true),
    fault("store-cut", "connections of a gateway to Cassandra are cut before each answer", Kind::CutNodes, 3, true),
    fault("caller-cut", "connections of callers are cut before each answer", Kind::CutCallers, 1, true),
    fault("clock-ahead", "the clock of a gateway is 5 min ahead", Kind::Clock(5), 6, true),
    fault("clock-behind", "the clock of a gateway is 5 min behind", Kind::Clock(-5), 6, true),
    fault("poison", "messages of no and of unknown format in every partition", Kind::Poison, 0, true),
];

impl Fault {
    /// Whether a request may end so while it lasts. A false 2xx is found later; anything else is wrong at once.
    pub(crate) fn allows(&self, outcome: Outcome) -> bool {
        let breaks_connections = matches!(self.kind, Kind::Gateway(_) | Kind::CutCallers);
        outcome.is_success()
            || outcome.is_honest_refusal()
            || breaks_connections && !matches!(outcome, Outcome::Answered(_))
    }

    /// Makes it begin.
    pub(crate) async fn begin(&self, world: &mut World) -> Result<()> {
        match self.kind {
            Kind::Gateway(Way::Killed) => world.one.kill().await,
            Kind::Gateway(Way::Stopped) => world.one.signal(Signal::STOP),
            Kind::Brokers(count, way) => world.servers.tell(action(way), &BROKERS[3 - count..]).await,
            Kind::Nodes(count, way) => world.servers.tell(action(way), &NODES[3 - count..]).await,
            Kind::FullDisk => world.servers.fill_disk(BROKERS[2]).await,
            Kind::SlowNodes(period) => relay(world, Relay::Delay(period)),
            Kind::CutNodes => relay(world, Relay::CutAnswers),
            Kind::CutCallers => {
                world.callers.set(Relay::CutAnswers);
                Ok(())
            }
            Kind::Clock(minutes) => {
                world.one.kill().await?;
                world.one.start_again(minutes).await
            }
            Kind::Poison => poison(world).await,
        }
    }

    /// Makes it end.
    pub(crate) async fn end(&self, world: &mut World) -> Result<()> {
        match self.kind {
            Kind::Gateway(Way::Killed) => world.one.start_again(0).await,
            Kind::Gateway(Way::Stopped) => world.one.signal(Signal::CONT),
            Kind::Brokers(count, Way::Killed) => world.servers.tell("start", &BROKERS[3 - count..]).await,
            Kind::Brokers(count, Way::Stopped) => world.servers.tell("resume", &BROKERS[3 - count..]).await,
            Kind::Nodes(count, Way::Killed) => world.servers.tell("start", &NODES[3 - count..]).await,
            Kind::Nodes(count, Way::Stopped) => world.servers.tell("resume", &NODES[3 - count..]).await,
            Kind::FullDisk => {
                // It ends by itself when it finds that it cannot write, and what still runs cannot write for good.
                drop(world.servers.tell("kill", &BROKERS[2..]).await);
                world.servers.tell("start", &BROKERS[2..]).await
            }
            Kind::SlowNodes(_) | Kind::CutNodes => relay(world, Relay::Pass),
            Kind::CutCallers => {
                world.callers.set(Relay::Pass);
                Ok(())
            }
            Kind::Clock(_) => {
                world.one.kill().await?;
                world.one.start_again(0).await
            }
            Kind::Poison => Ok(()),
        }
    }
}

const fn action(way: Way) -> &'static str {
    match way {
        Way::Killed => "kill",
        Way::Stopped => "pause",
    }
}

fn relay(world: &World, relay: Relay) -> Result<()> {
    world.nodes.iter().for_each(|proxy| proxy.set(relay));
    Ok(())
}

async fn poison(world: &World) -> Result<()> {
    let journal = format!("{}.journal", world.prefix);
    let referential = format!("{}.referential", world.prefix);
    let partitions = (0..JOURNAL_PARTITIONS).map(|partition| (&journal, partition));
    for (topic, partition) in partitions.chain([(&referential, 0)]) {
        world.servers.poison(topic, partition, &[], "no entry").await?;
        world.servers.poison(topic, partition, &["ce_schemaversion=99", "ce_order=1"], "{}").await?;
    }
    Ok(())
}
