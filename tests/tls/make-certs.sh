#!/bin/sh
# SPDX-License-Identifier: MIT
# Certificates for tests, good ones and one for each way of being bad, made with the openssl command.
# usage: make-certs.sh FOLDER (of the current folder's)
#
# For each NAME there is NAME.pem (with its chain, own certificate first) and NAME.key. Whoever needs
# no name of its own is "localhost" and 127.0.0.1.
set -eu

folder=$1
rm -rf "$folder.tmp"
mkdir -p "$folder.tmp"
cd "$folder.tmp"

quietly() {
	"$@" >log 2>&1 || {
		cat log >&2
		exit 1
	}
}

key() { # NAME
	quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
}

# authority NAME DAYS EXTENSION...: one that signs itself
authority() {
	name=$1 days=$2
	shift 2
	key "$name"
	set -- -addext keyUsage=critical,keyCertSign,cRLSign "$@"
	quietly openssl req -x509 -new -key "$name.key" -subj "/O=netchan tests/CN=$name" -days "$days" \
		-out "$name.pem" -addext basicConstraints=critical,CA:TRUE "$@"
}

# sign NAME ISSUER DAYS SUBJECT EXTENSIONS: extensions are lines
sign() {
	[ -f "$1.key" ] || key "$1"
	quietly openssl req -new -key "$1.key" -subj "$4" -out request
	printf '%s\n' "$5" >extensions
	quietly openssl x509 -req -in request -CA "$2.pem" -CAkey "$2.key" -days "$3" -CAcreateserial \
		-extfile extensions -out "$1.pem"
}

here='subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
serve='extendedKeyUsage=serverAuth'
ask='extendedKeyUsage=clientAuth'
lines() {
	printf '%s\n' "$@"
}

authority ca 3650
authority other-ca 3650
authority narrow-ca 3650 -addext nameConstraints=permitted\;DNS:allowed.example
sign middle ca 3650 '/O=netchan tests/CN=middle' \
	"$(lines basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign,cRLSign)"
sign deep-ca middle 3650 '/O=netchan tests/CN=deep-ca' \
	"$(lines basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign)"

# req makes nothing that has expired, x509 does.
key expired-ca
quietly openssl req -new -key expired-ca.key -subj '/O=netchan tests/CN=expired-ca' -out request
lines basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign >extensions
quietly openssl x509 -req -in request -signkey expired-ca.key -days -1 -extfile extensions \
	-out expired-ca.pem

# Good ones.
sign server ca 3650 /CN=server "$(lines "$here" $serve)"
sign server2 ca 3650 /CN=server2 "$(lines "$here" $serve)"
sign wild ca 3650 /CN=wild "$(lines subjectAltName=DNS:*.wild.example $serve)"
sign chain middle 3650 /CN=chain "$(lines "$here" $serve)"
cp chain.pem lone.pem
cp chain.key lone.key
cat middle.pem >>chain.pem
client='subjectAltName=DNS:client.example,DNS:*.star.example,email:client@example.org,URI:urn:netchan:client,IP:192.0.2.7'
sign client ca 3650 '/O=netchan tests/CN=the client' "$(lines "$client" $ask)"
sign client2 ca 3650 '/O=netchan tests/CN=another client' "$(lines subjectAltName=DNS:client2.example $ask)"
quietly openssl pkey -in server.key -aes256 -passout pass:secret -out locked.key

# Bad ones.
sign expired ca -1 /CN=expired "$(lines "$here" $serve)"
sign wrong-name ca 3650 /CN=wrong-name "$(lines subjectAltName=DNS:other.example $serve)"
sign only-dns ca 3650 /CN=only-dns "$(lines subjectAltName=DNS:localhost $serve)"
sign dns-address ca 3650 /CN=dns-address "$(lines subjectAltName=DNS:127.0.0.1 $serve)"
sign only-cn ca 3650 /CN=localhost "$serve"
sign partial ca 3650 /CN=partial "$(lines 'subjectAltName=DNS:f*.wild.example' $serve)"
sign wrong-use ca 3650 /CN=wrong-use "$(lines "$here" $ask)"
sign stranger other-ca 3650 /CN=stranger "$(lines "$here" $serve)"
sign old-issuer expired-ca 3650 /CN=old-issuer "$(lines "$here" $serve)"
sign narrow narrow-ca 3650 /CN=narrow "$(lines "$here" $serve)"
sign no-issuer server 3650 /CN=no-issuer "$(lines "$here" $serve)"
sed -n '1,/END/p' server.pem >>no-issuer.pem
sign too-deep deep-ca 3650 /CN=too-deep "$(lines "$here" $serve)"
cat deep-ca.pem middle.pem >>too-deep.pem
key self-signed
quietly openssl req -x509 -new -key self-signed.key -subj /CN=self-signed -days 3650 \
	-out self-signed.pem -addext "$here"
sign client-expired ca -1 /CN=client-expired "$ask"
sign client-stranger other-ca 3650 /CN=client-stranger "$ask"
sign client-use ca 3650 /CN=client-use "$serve"
quietly openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.key
sign weak ca 3650 /CN=weak "$(lines "$here" $serve)"

# A date in the future is more than the command above can give.
key not-yet
quietly openssl req -new -key not-yet.key -subj /CN=not-yet -out request
lines "$here" $serve,clientAuth >extensions
lines '[ca]' 'default_ca=here' '[here]' 'database=index' 'serial=number' 'new_certs_dir=.' \
	'default_md=sha256' 'policy=any' '[any]' 'commonName=supplied' >ca.conf
: >index
echo 77 >number
quietly openssl ca -batch -notext -config ca.conf -cert ca.pem -keyfile ca.key -in request \
	-startdate 20990101000000Z -enddate 20991231000000Z -extfile extensions -out not-yet.pem

echo 'no certificate' >garbage.pem
: >empty.pem
mkdir hashed
cp ca.pem hashed/
quietly openssl rehash hashed
rm -f log request extensions ca.conf index* number* 77.pem *.srl
cd ..
rm -rf "${folder##*/}"
mv "${folder##*/}.tmp" "${folder##*/}"
