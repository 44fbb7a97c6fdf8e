import { seededRandom } from "@faultline/contracts";
import { expect, it } from "vitest";
import { passesLuhn } from "./card-number.ts";
import { redact } from "./redact.ts";

const random = seededRandom(11);
const int = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
const of = <T>(...items: [T, ...T[]]): T => items[int(0, items.length - 1)] ?? items[0];
const from = (alphabet: string) => (length: number) => Array.from({ length }, () => alphabet.charAt(int(0, alphabet.length - 1))).join("");

const digits = from("0123456789");
const hex = from("0123456789abcdef");
const base64 = from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const suffix = from("bcdfghjklmnpqrstvwxz2456789");
const uuid = () => [8, 4, 4, 4, 12].map(hex).join("-");
const two = (n: number) => String(n).padStart(2, "0");
const clock = () => `${two(int(0, 23))}:${two(int(0, 59))}:${two(int(0, 59))}`;
const time = () => `20${int(20, 29)}-${two(int(1, 12))}-${two(int(1, 28))}T${clock()}.${digits(3)}Z`;
const epoch = () => `17${digits(8)}`;
const ip = () => `10.${int(0, 255)}.${int(0, 255)}.${int(1, 254)}`;
const service = () => of("cart", "checkout", "orders", "payments", "search", "token-issuer", "secret-store", "auth-proxy");
const pod = () => `${service()}-${hex(10)}-${suffix(5)}`;
const version = () => `${int(0, 20)}.${int(0, 30)}.${int(0, 99)}${of("", "", "-rc.1", "-beta.next", "-alpha.canary")}`;
const path = () => `/${of("app", "usr/lib", "srv", "home/app")}/${service()}/${of("index.js", "main.py", "server.go", "App.java")}`;
/** 16 digits in fours as a card's, but for the check digit. */
const noCard = (): string => {
	const number = `4${digits(15)}`;
	return passesLuhn(number) ? noCard() : (number.match(/\d{4}/g) ?? []).join(of(" ", "-", ""));
};

/** Lines as programs write them, each with something in it that resembles a secret or personal data and is none. */
const TEMPLATES: readonly (() => string)[] = [
	// web access
	() =>
		`${ip()} - - [12/Jun/2026:${clock()} +0000] "GET /api/v1/orders/${digits(8)}?page=${int(1, 90)} HTTP/1.1" 200 ${int(100, 99999)} "-" "curl/8.5.0"`,
	() =>
		`${ip()} - - [12/Jun/2026:${clock()} +0000] "GET /static/logo@${int(2, 3)}x.png HTTP/2.0" 304 0 "https://shop.example/cart" "Mozilla/5.0"`,
	() => `${ip()} "POST /oauth/token HTTP/1.1" ${of(200, 401)} ${int(10, 900)} rt=0.${digits(3)} uct="0.001" urt="0.${digits(3)}"`,
	() => `${ip()} "GET /reset-password?step=${int(1, 3)} HTTP/1.1" 302 0 request_id=${hex(32)}`,
	() =>
		`upstream timed out (110: Connection timed out) while reading from http://${ip()}:8080/users/@me, request: "GET /@${service()}/feed"`,
	() => `outbound|8080||${service()}.shop.svc.cluster.local ${ip()}:${int(30000, 60000)} x-request-id=${uuid()} "via_upstream"`,
	// JSON
	() =>
		JSON.stringify({
			level: 30,
			time: Number(`${epoch()}123`),
			pid: int(1, 999),
			hostname: pod(),
			reqId: uuid(),
			msg: "request completed",
			ms: int(1, 900),
		}),
	() => JSON.stringify({ ts: time(), level: "info", trace_id: hex(32), span_id: hex(16), msg: "span exported" }),
	() => JSON.stringify({ msg: "completion done", usage: { prompt_tokens: int(10, 9999), total_tokens: int(10, 9999) }, max_tokens: 4096 }),
	() => JSON.stringify({ event: "login", passwordChanged: false, secret: null, tokenCount: int(1, 9), user_id: digits(10) }),
	() => JSON.stringify({ ts: time(), orderId: digits(12), sku: `SKU-${digits(13)}`, total: `${int(1, 999)}.${digits(2)}` }),
	() => JSON.stringify({ "@timestamp": time(), "log.level": "warn", etag: `W/"${hex(40)}"`, message: "cache miss" }),
	// Kubernetes
	() => `Successfully pulled image "registry.example/${service()}:${version()}@sha256:${hex(64)}" in ${int(1, 9)}.${digits(3)}s`,
	() => `Failed to pull image "${service()}:${version()}": repository does not exist or may require authorization: server message: denied`,
	() => `MountVolume.SetUp failed for volume "certs" : secret "${service()}-tls" not found`,
	() => `Error: couldn't find key DB_PASSWORD in Secret shop/${service()}`,
	() => `I0612 ${clock()}.${digits(6)}       1 controller.go:${int(10, 900)}] "Syncing" pod="shop/${pod()}" resourceVersion="${digits(9)}"`,
	() => `Created pod: ${pod()} uid=${uuid()} serviceAccountToken projected, secretName: ${service()}-tls`,
	() =>
		`Liveness probe failed: Get "http://${ip()}:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
	() => `containerd://${hex(64)} exited with 137, restartCount=${int(1, 40)} back-off 5m0s restarting ${pod()}_shop(${uuid()})`,
	() => `Started session-${int(1, 999)}.scope, user@${int(1000, 1010)}.service and getty@tty${int(1, 6)}.service in ${int(1, 90)}ms`,
	() =>
		`sudo: deploy : TTY=pts/0 ; PWD=${of("/home/deploy", "/srv/app/current", "/root")} ; USER=root ; COMMAND=/usr/bin/systemctl restart ${service()}`,
	() => `chpasswd[${int(100, 9999)}]: pam_unix(chpasswd:chauthtok): user "svc${int(1, 9)}" does not exist in /etc/passwd`,
	() => `open /etc/passwd: permission denied; open /run/secrets/kubernetes.io/serviceaccount/token: no such file or directory`,
	// databases and queues
	() =>
		`SELECT id, password, token FROM users WHERE id = $1 AND api_key = ${of("?", "$2", "%s")} LIMIT ${int(1, 100)} -- ${int(1, 900)} ms`,
	() => `FATAL: password authentication failed for user "${service()}" (SQLSTATE 28P01) at ${ip()}:5432`,
	() =>
		`LOG: checkpoint complete: wrote ${int(1, 9999)} buffers; lsn=${hex(1)}/${hex(8).toUpperCase()}, redo lsn=${hex(1)}/${hex(8).toUpperCase()}`,
	() => `could not connect to postgres://${service().replace("-", "_")}@db.shop.internal:5432/shop: connection refused`,
	() => `connected to mongodb://mongo-${int(0, 2)}.mongo:27017,mongo-1.mongo:27017/shop?replicaSet=rs0 in ${int(1, 90)} ms`,
	() => `UPDATE orders SET state = 'paid', ref = '${hex(24)}' WHERE id = ${digits(19)}; rows=${int(0, 9)}`,
	() =>
		`[Consumer clientId=${service()}-1, groupId=${service()}] Resetting offset for partition orders-${int(0, 31)} to ${digits(9)}, epoch=${int(1, 99)}`,
	() => `closing AMQP connection <0.${int(100, 9999)}.0> to rabbit@rabbitmq-${int(0, 2)}.rabbitmq-headless.default.svc.cluster.local`,
	() => `Processed session termination for sessionid: 0x${hex(15)} at /${ip()}:${int(30000, 60000)}`,
	() => `blk_-${digits(19)} replicated; blk_4${digits(18)} added to ${ip()}:50010 size ${digits(8)}`,
	() => `${int(1, 9)}:M 12 Jun 2026 ${clock()}.${digits(3)} * Background saving terminated, used_memory:${digits(9)} id ${hex(40)}`,
	// builds, versions, digests
	() => `npm warn deprecated lodash.get@${version()}: use optional chaining; npm_config_registry_timeout_ms=${int(100, 900)}`,
	() => `resolved react-dom@${version()} integrity sha512-${base64(86)}==`,
	() => `go: downloading golang.org/x/net v0.${int(1, 40)}.0 h1:${base64(43)}=`,
	() => `checked out ${hex(40)} from git@github.com:acme/${service()}.git (main), tag v${version()}`,
	() => `helm upgrade ${service()} oci://registry.example/charts/${service()}@${version()} --set image.digest=sha256:${hex(64)}`,
	() => `layer sha256:${hex(64)} already exists, md5 ${hex(32)}, crc ${hex(8)}, etag "${hex(32)}-${int(1, 20)}"`,
	() => `content-md5: ${base64(22)}== content-length: ${digits(6)} x-amz-request-id: ${hex(16).toUpperCase()}`,
	// stack traces
	() => `    at Object.<anonymous> (/app/node_modules/@${service()}/core/dist/index.js:${int(1, 900)}:${int(1, 90)})`,
	() =>
		`\tat com.shop.${of("auth.TokenFilter", "pay.PasswordReset", "cart.Cart")}.run(${of("TokenFilter", "Cart")}.java:${int(10, 900)}) ~[app-${version()}.jar:?]`,
	() => `  File "${path()}", line ${int(1, 900)}, in verify_token\n    raise ValueError("token missing")`,
	() => `goroutine ${int(1, 999)} [select]:\nmain.(*Server).Run(0xc000${hex(6)})\n\t${path()}:${int(10, 900)} +0x${hex(3)}`,
	() => `WindowManager: bad activity token: android.os.BinderProxy@${hex(7)} of com.shop.Main@${hex(8)}`,
	() => `Unexpected token ${of("}", "<", "o")} in JSON at position ${int(0, 9999)}`,
	() =>
		`thread 'tokio-runtime-worker' panicked at src/${of("auth", "secret")}.rs:${int(1, 900)}:${int(1, 90)}: called unwrap() on a None value`,
	// words about secrets, not secrets
	() => `login failed: invalid password: ${of("too short", "must have 8 characters", "mismatch")} (attempt ${int(1, 5)})`,
	() => `authorization: ${of("denied", "granted", "required")} for role ${service()}; credentials: ${of("missing", "expired", "unknown")}`,
	() => `could not refresh credentials: timeout after ${int(1, 30)}s; Basic authentication is off, bearer authentication is on`,
	() => `secret ${service()} rotated, next rotation ${time()}; signature: valid; cookie: none`,
	() => `--tls-private-key-file=/etc/tls/tls.key private_key: /etc/tls/${service()}/tls.key password=*** token=<redacted>`,
	// numbers that resemble telephones and cards
	() => `order ${noCard()} shipped by carrier, tracking 1Z${digits(16)}`,
	() => `seq=${epoch()}123456789 offset=${digits(10)} took +${digits(3)}-${digits(3)}-${digits(4)} us, build 20260612.${digits(4)}`,
	() => `free heap 0x${hex(16)}-0x${hex(16)} rss ${digits(9)} cpu ${int(1, 99)}.${digits(2)}% temp -${int(1, 9)}.${digits(16)}`,
	() => `message ${epoch()}${digits(9)} in channel 1${digits(17)}, imei-like batch 35${digits(10)} of lot ${digits(7)}`,
	() => `Connecting to driver: spark://CoarseGrainedScheduler@${ip()}:${int(30000, 60000)}, app-${digits(14)}-${digits(4)}`,
	() =>
		`arn:aws:lambda:eu-west-1:${digits(12)}:function:${service()}:${int(1, 99)} RequestId: ${uuid()} Duration: ${int(1, 900)}.${digits(2)} ms`,
	() => `traceparent=00-${hex(32)}-${hex(16)}-01 baggage=region=eu,tier=${int(1, 3)} X-Amzn-Trace-Id: Root=1-${hex(8)}-${hex(24)}`,
];

it("touches less than 1 % of 10,000 harmless lines", () => {
	const lines = Array.from({ length: 10_000 }, (_, i) => (TEMPLATES[i % TEMPLATES.length] as () => string)());
	expect(new Set(lines).size).toBeGreaterThan(8_000);
	const touched = lines.map((line) => redact(line)).filter(({ count }) => count > 0);
	expect(touched.length, touched.map(({ text }) => text).join("\n")).toBeLessThan(100);
});
