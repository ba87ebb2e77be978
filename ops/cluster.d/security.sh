# shellcheck shell=bash disable=SC2034,SC2154  # shares its variables with ops/cluster
# What `ops/cluster up --secured` needs besides: an authority that is made for it, certificates by it, and one login for all servers.

# Both the user and the password: those that Cassandra has from the beginning. The stores of keys take the same.
readonly SECURED_LOGIN=cassandra
readonly CERTIFICATE_DAYS=30

# The authority and one certificate for every address of the servers, below DIR/security; once.
make_certificates() {
    local folder=$data/security keytool=("$java_home/bin/keytool" -storetype PKCS12 -storepass "$SECURED_LOGIN")
    if [[ -f $folder/authorities.pem ]]; then
        return
    fi
    mkdir -p "$folder"
    printf '%s\n' "$SECURED_LOGIN" >"$folder/password"
    {
        "${keytool[@]}" -genkeypair -keystore "$folder/authority.p12" -alias authority -keyalg EC -dname 'CN=Navette test authority' \
            -ext bc:c=ca:true -validity "$CERTIFICATE_DAYS"
        "${keytool[@]}" -genkeypair -keystore "$folder/server.p12" -alias server -keyalg EC -dname 'CN=Navette test server' \
            -validity "$CERTIFICATE_DAYS"
        "${keytool[@]}" -exportcert -rfc -keystore "$folder/authority.p12" -alias authority -file "$folder/authorities.new"
        "${keytool[@]}" -certreq -keystore "$folder/server.p12" -alias server -file "$folder/request.pem"
        "${keytool[@]}" -gencert -rfc -keystore "$folder/authority.p12" -alias authority -validity "$CERTIFICATE_DAYS" \
            -ext san=ip:127.0.0.1,ip:127.0.0.2,ip:127.0.0.3 -infile "$folder/request.pem" -outfile "$folder/server.pem"
        "${keytool[@]}" -importcert -noprompt -keystore "$folder/server.p12" -alias authority -file "$folder/authorities.new"
        "${keytool[@]}" -importcert -noprompt -keystore "$folder/server.p12" -alias server -file "$folder/server.pem"
    } >"$data/logs/security.log" 2>&1 || fail "the certificates cannot be made; see $data/logs/security.log"
    mv "$folder/authorities.new" "$folder/authorities.pem"
}
