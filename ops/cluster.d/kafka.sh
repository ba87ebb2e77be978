# shellcheck shell=bash disable=SC2034,SC2154  # shares its variables with ops/cluster
# One broker of ops/cluster, which is a controller too: KRaft, no other service.

# Where broker N listens: clients first, then the other controllers.
kafka_ports() {
    printf '127.0.0.1 %d\n127.0.0.1 %d\n' $((port_base + 91 + $1)) $((port_base + 95 + $1))
    if [[ -n $secured ]]; then
        printf '127.0.0.1 %d\n' $((port_base + 81 + $1))
    fi
}

# Where clients find the brokers that want TLS and a login.
kafka_secured_addresses() {
    local number text=
    for ((number = 1; number <= nodes; number++)); do
        text+=,127.0.0.1:$((port_base + 81 + number))
    done
    printf '%s' "${text#,}"
}

# 16 random bytes in the base64 of addresses, without what a command would take for an option.
kafka_random_id() {
    head -c 16 /dev/urandom | base64 | tr '+/' 'pS' | tr -d '='
}

kafka_configuration() {
    local number=$1 folder=$2 other voters='' copies=1 acknowledging=1 listener='' advertised='' map=''
    for ((other = 1; other <= nodes; other++)); do
        voters+=,$other@127.0.0.1:$((port_base + 95 + other))
    done
    if ((nodes == 3)); then
        copies=3
        acknowledging=2
    fi
    if [[ -n $secured ]]; then
        listener=,SECURED://127.0.0.1:$((port_base + 81 + number))
        advertised=$listener
        map=,SECURED:SASL_SSL
        cat <<PROPERTIES
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secured.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PKCS12
ssl.keystore.location=$data/security/server.p12
ssl.keystore.password=$SECURED_LOGIN
ssl.key.password=$SECURED_LOGIN
PROPERTIES
    fi
    cat <<PROPERTIES
process.roles=broker,controller
node.id=$number
controller.quorum.voters=${voters#,}
listeners=PLAINTEXT://127.0.0.1:$((port_base + 91 + number)),CONTROLLER://127.0.0.1:$((port_base + 95 + number))$listener
advertised.listeners=PLAINTEXT://127.0.0.1:$((port_base + 91 + number))$advertised
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT$map
log.dirs=$folder/data
auto.create.topics.enable=false
default.replication.factor=$copies
min.insync.replicas=$acknowledging
offsets.topic.replication.factor=$copies
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$acknowledging
share.coordinator.state.topic.replication.factor=$copies
share.coordinator.state.topic.min.isr=$acknowledging
group.initial.rebalance.delay.ms=0
message.max.bytes=10485760
# Kafka acknowledges from the page cache and is durable by its copies. A single broker that has to survive a power cut would need
# log.flush.interval.messages=1, an fsync for each batch; here it survives SIGKILL, and is faster than such a broker.
PROPERTIES
}

# Writes what broker NAME, the Nth, reads at its start, and sets `command` to what starts it.
kafka_prepare() {
    local name=$1 folder=$data/$1
    local java=("$java_home/bin/java" "-Dlog4j2.configurationFile=$PARTS/log4j2.properties" -cp "$TOOLS/kafka/libs/*")
    kafka_configuration "$2" "$folder" >"$folder/server.properties"
    if [[ ! -f $folder/data/meta.properties ]]; then
        local user=()
        if [[ -n $secured ]]; then
            user=(--add-scram "SCRAM-SHA-512=[name=$SECURED_LOGIN,password=$SECURED_LOGIN]")
        fi
        "${java[@]}" kafka.tools.StorageTool format --ignore-formatted -t "$kafka_cluster" "${user[@]}" -c "$folder/server.properties" \
            >>"$data/logs/$name.log" 2>&1 9>&- || fail_with_log "$name" 'cannot format its data'
    fi
    command=("${java[@]}" "-Dnavette.server=$folder" "-Dkafka.logs.dir=$data/logs" -Xms128m -Xmx512m -XX:+UseG1GC
        -XX:+ExitOnOutOfMemoryError "-XX:ErrorFile=$data/logs/$name.crash.log" kafka.Kafka "$folder/server.properties")
}
