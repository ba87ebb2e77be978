# shellcheck shell=bash disable=SC2034,SC2154  # shares its variables with ops/cluster
# One node of ops/cluster.

# The ring in three equal parts, from -2^63 on.
readonly CASSANDRA_TOKENS=(-9223372036854775808 -3074457345618258603 3074457345618258602)
readonly CASSANDRA_EXPORTS=(
    java.base/java.lang.ref java.base/jdk.internal.misc java.management.rmi/com.sun.jmx.remote.internal.rmi
    java.management/com.sun.jmx.remote.security java.rmi/sun.rmi.registry java.rmi/sun.rmi.server java.sql/java.sql
    jdk.attach/sun.tools.attach jdk.compiler/com.sun.tools.javac.file jdk.unsupported/sun.misc
)
readonly CASSANDRA_OPENS=(
    java.base/java.io java.base/java.lang java.base/java.lang.module java.base/java.lang.reflect java.base/java.nio
    java.base/java.util java.base/jdk.internal.loader java.base/jdk.internal.math java.base/jdk.internal.module
    java.base/jdk.internal.ref java.base/jdk.internal.reflect java.base/jdk.internal.util.jar java.base/sun.nio.ch
    jdk.compiler/com.sun.tools.javac jdk.management/com.sun.management.internal
)

# The insides of Java that Cassandra reaches into.
CASSANDRA_MODULES=("${CASSANDRA_EXPORTS[@]/#/--add-exports=}" "${CASSANDRA_OPENS[@]/#/--add-opens=}")
readonly CASSANDRA_MODULES=("${CASSANDRA_MODULES[@]/%/=ALL-UNNAMED}")

# Where node N listens: clients first, then the other nodes. Nodes differ by their address and share their ports.
cassandra_ports() {
    printf '127.0.0.%d %d\n127.0.0.%d %d\n' "$1" $((port_base + 42)) "$1" $((port_base + 70))
}

cassandra_configuration() {
    local number=$1 folder=$2 other seeds='' authenticator=AllowAllAuthenticator
    if [[ -n $secured ]]; then
        authenticator=PasswordAuthenticator
        # In the clear as well, for those who only ask whether it answers.
        cat <<YAML
client_encryption_options:
  enabled: true
  optional: true
  keystore: $data/security/server.p12
  keystore_password: $SECURED_LOGIN
  store_type: PKCS12
YAML
    fi
    # Each may be the first to come back, and finds the others whichever of them is dead.
    for ((other = 1; other <= nodes; other++)); do
        seeds+=,127.0.0.$other:$((port_base + 70))
    done
    cat <<YAML
cluster_name: navette
num_tokens: 1
initial_token: ${CASSANDRA_TOKENS[number - 1]}
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
authenticator: $authenticator
authorizer: AllowAllAuthorizer
endpoint_snitch: SimpleSnitch
data_file_directories: [$folder/data]
commitlog_directory: $folder/commitlog
saved_caches_directory: $folder/caches
hints_directory: $folder/hints
cdc_raw_directory: $folder/cdc
# An answer waits for an fsync, which it shares with what was written during the one before. The default answers first and syncs within
# 10 s; "group" syncs by a clock, and a decision, which is three writes one after the other, would wait for it three times.
commitlog_sync: batch
# Fewer rounds between the nodes for each conditional write.
paxos_variant: v2
commitlog_segment_size: 32MiB
# Rows of several folders go in one request on purpose.
unlogged_batch_across_partitions_warn_threshold: 200
batch_size_warn_threshold: 48KiB
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{seeds: "${seeds#,}"}]
listen_address: 127.0.0.$number
rpc_address: 127.0.0.$number
storage_port: $((port_base + 70))
native_transport_port: $((port_base + 42))
start_native_transport: true
auto_snapshot: false
YAML
}

# Writes what node NAME, the Nth, reads at its start, and sets `command` to what starts it.
cassandra_prepare() {
    local name=$1 folder=$data/$1 heap=1G direct=512m ring_delay=100
    if ((nodes == 3)); then
        heap=512M
        direct=256m
        # Nodes that start side by side have to hear of each other first.
        ring_delay=1000
    fi
    cassandra_configuration "$2" "$folder" >"$folder/cassandra.yaml"
    command=("$java_home/bin/java" "-Dnavette.server=$folder" "-Xms$heap" "-Xmx$heap" "-XX:MaxDirectMemorySize=$direct"
        -XX:+UseG1GC -Xss256k -XX:+ExitOnOutOfMemoryError "-XX:ErrorFile=$data/logs/$name.crash.log"
        "${CASSANDRA_MODULES[@]}"
        -Djava.net.preferIPv4Stack=true -Djdk.attach.allowAttachSelf=true -Dio.netty.tryReflectionSetAccessible=true
        "-Dlogback.configurationFile=$PARTS/logback.xml" "-Dcassandra.config=file://$folder/cassandra.yaml"
        "-Dcassandra.storagedir=$folder" "-Dcassandra.logdir=$data/logs" "-Dcassandra.ring_delay_ms=$ring_delay"
        -Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.superuser_setup_delay_ms=0 -Dcassandra-foreground=yes
        -cp "$TOOLS/cassandra/libs/*" org.apache.cassandra.service.CassandraDaemon)
}
