# Sourced by lib.sh where PROXY=nginx: puts nginx with the configuration of docs/deploy.md before the server that was
# started, and makes $URL its address. The certificate is made as that page says, too.

# documented LANGUAGE: the page's block in that language.
documented() { awk -v begin='```'"$1" '$0 == begin { on = 1; next } /^```/ { on = 0 } on' "$ROOT/docs/deploy.md"; }

# certificate makes ca.crt, and cal.crt for localhost, by the page's own commands.
certificate() {
	sed -n '/^    openssl req -x509/,/^    openssl x509 -req/p' "$ROOT/docs/deploy.md" |
		sed 's/^    //; s/cal\.home\.arpa/localhost/g; s/192\.0\.2\.10/127.0.0.1/' >certificate.sh
	sh -e certificate.sh >certificate.out 2>&1
}

behind_nginx() {
	need nginx=nginx /usr/bin/openssl=openssl
	mkdir -p "$DIR/nginx"
	(cd "$DIR/nginx" && certificate) || unable "no certificate by docs/deploy.md: $(cat "$DIR/nginx/certificate.out")"
	tries=0
	while :; do
		tries=$((tries + 1))
		[ "$tries" -le 20 ] || unable "nginx does not start: $(tail -3 "$DIR/nginx/error.log")"
		port=$(free_port)
		{
			echo "daemon off; pid $DIR/nginx/pid; error_log $DIR/nginx/error.log warn;"
			[ "$(id -u)" -ne 0 ] || echo "user root;" # the folder is that of who runs this
			echo "events { worker_connections 2048; }"
			echo "http { access_log off;"
			for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $DIR/nginx/$kind;"; done
			documented nginx | sed "s|listen 443|listen 127.0.0.1:$port|; s|cal\.example\.org|localhost|
				s|/etc/ssl/convoke|$DIR/nginx|; s|http://127.0.0.1:8080|$URL|"
			echo "}"
		} >"$DIR/nginx/nginx.conf"
		nginx -c "$DIR/nginx/nginx.conf" -p "$DIR/nginx" >"$DIR/nginx/out" 2>&1 &
		NGINX=$!
		until curl -s -o /dev/null --cacert "$DIR/nginx/ca.crt" "https://localhost:$port/healthz"; do
			kill -0 "$NGINX" 2>/dev/null || continue 2
			sleep 0.05
		done
		break
	done
	DIRECT=$URL
	URL=https://localhost:$port
	# Whatever a client reads its authorities from.
	CURL_CA_BUNDLE=$DIR/nginx/ca.crt
	REQUESTS_CA_BUNDLE=$CURL_CA_BUNDLE
	SSL_CERT_FILE=$CURL_CA_BUNDLE
	NODE_EXTRA_CA_CERTS=$CURL_CA_BUNDLE
	export CURL_CA_BUNDLE REQUESTS_CA_BUNDLE SSL_CERT_FILE NODE_EXTRA_CA_CERTS
}
