import { sample, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { isCardNumber, passesLuhn } from "./card-number.ts";
import { redact, redactDeep } from "./redact.ts";

/** Joined at run time, so that no scanner takes this file for a leak. */
const glue = (...parts: string[]) => parts.join("");

const SECRETS: Array<[string, string, string]> = [
	["a bearer token", "GET /x Authorization: Bearer abc123def456ghi", "abc123def456ghi"],
	["a bare bearer token", "sent Bearer 0a1b2c3d4e5f", "0a1b2c3d4e5f"],
	["basic credentials", "authorization=Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"],
	["an AWS key id", glue("key AK", "IAIOSFODNN7EXAMPLE used"), "IOSFODNN7"],
	["an AWS secret", "aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "wJalrXUtn"],
	["a JWT", "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl done", "eyJzdWIi"],
	["a URL password", "postgres://app:s3cr3t/x@db:5432/shop", "s3cr3t"],
	["a URL password with an @", "redis://:p@ss@cache:6379", "p@ss"],
	["a token as URL user", "https://0123456789abcdef0123@sentry.example/1", "0123456789abcdef0123"],
	["key=value", "retry with password=hunter2, user=bob", "hunter2"],
	["a quoted value", `{"db_password": "hunter2 and more", "n": 1}`, "hunter2 and more"],
	["a prefixed key", "DB_PASSWORD=hunter2", "hunter2"],
	["a connection string", "Server=db;Database=x;User=sa;Password=hunter2;Encrypt=1", "hunter2"],
	["an account key", "AccountName=a;AccountKey=Zm9vYmFyYmF6cXV4==;x=1", "Zm9vYmFy"],
	["a token value", "refresh_token=1//0gabcdef12345", "0gabcdef12345"],
	["a session cookie", "Cookie: sid=abc; theme=dark", "abc; theme"],
	["a vendor token", glue("using gh", "p_0123456789abcdefghijklmnopqrstuvwxyz"), "0123456789abcdef"],
	["a chat token", glue("xo", "xb-1234567890-abcdefghij"), "abcdefghij"],
	["a payment key", glue("sk_", "live_4eC39HqLyjWDarjtT1zdp7dc"), "4eC39HqLyjWD"],
	["a Grafana token", glue("gl", "sa_0123456789abcdefghijklmnopqrstuv_0a1b2c3d"), "0123456789abcdefghij"],
	["an e-mail address", "mail to jane.doe+x@mail.example.org now", "jane.doe"],
	["a card number", "card 4111 1111 1111 1111 declined", "4111"],
	["a card number in one run", "card=4111111111111111;", "4111111111111111"],
	["a card number that ends a sentence", "declined 4111111111111111. Next", "4111111111111111"],
	["a card number on a line of text in JSON", String.raw`"card:\n4111111111111111"`, "4111111111111111"],
	["a value of JSON in JSON", String.raw`"{\"user\":\"a\",\"password\":\"hunter2 x\",\"n\":1}"`, "hunter2"],
	["a cut value of JSON in JSON", String.raw`"{\"password\":\"hunter2`, "hunter2"],
	["an authorization of JSON in JSON", String.raw`"{\"authorization\":\"hunter2\"}"`, "hunter2"],
	["a cookie of JSON in JSON", String.raw`"{\"cookie\":\"sid=hunter2\"}"`, "hunter2"],
	["a password that begins as a path does", "UID=sa;PWD=/hunter2;", "hunter2"],
	["a password that is a path", "password=/home/hunter2", "hunter2"],
	["a password of letters", "password: correcthorse", "correcthorse"],
	["an authorization without scheme", "authorization: correcthorse", "correcthorse"],
	["a word after its scheme", "authorization: Bearer denied", "denied"],
	["a session that is no counter", "sessionid: 0x14ede63a5a70002f00", "0x14ede63a5a"],
	["an npm token", glue("npm", "_0123456789abcdefghijklmnopqrstuvwxyz"), "0123456789abcdef"],
	["an address at a domain of digits", "from jane@163.com", "jane"],
	["an address at a domain that begins as a version does", "from jane@1.2go.example", "jane"],
	["an address of a local domain", "from jane@corp.local", "jane"],
	["an address before a colon", "jane@corp.example: hello", "jane"],
	["an address after a URL", "https://corp.example/jane.doe@corp.example", "jane.doe"],
];

const HARMLESS = [
	"GET /api/v1/orders/1780000000000 200 12ms",
	"proxied to http://cart:8080/users/@me",
	"connection from 10.0.0.12:5432 refused",
	"password authentication failed for user app",
	"Basic authentication is off",
	"blk_-1608999687919862906 replicated to /10.250.14.224:50010",
	"trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
	"tokens=512 unexpected token: }",
	"secret: null",
	"at Object.<anonymous> (/app/node_modules/@scope/pkg/index.js:10:5)",
	"image registry.example/app@sha256:0123456789abcdef",
	"time=1780000000123456789 id=550e8400-e29b-41d4-a716-446655440000",
];

describe("redact", () => {
	it.each(SECRETS)("takes out %s and counts it", (_name, text, secret) => {
		const { text: shown, count } = redact(text);
		expect(shown).not.toContain(secret);
		expect(shown).toContain("[redacted");
		expect(count).toBe(1);
	});

	it.each(HARMLESS)("leaves %s", (text) => {
		expect(redact(text)).toEqual({ text, count: 0 });
	});

	it("takes out private keys, whole or cut short", () => {
		const begin = glue("-----BEGIN RSA PRIVATE", " KEY-----");
		const end = glue("-----END RSA PRIVATE", " KEY-----");
		expect(redact(`a ${begin}\nMIIEabc\nxyz\n${end} b`)).toEqual({ text: "a [redacted:private-key] b", count: 1 });
		expect(redact(`a ${begin}\nMIIEabc`)).toEqual({ text: "a [redacted:private-key]", count: 1 });
		expect(redact(`${begin}1${end}${begin}2${end}`).count).toBe(2);
	});

	it("takes out several secrets of one line and keeps the rest readable", () => {
		const { text, count } = redact("user=bob password=x1 mail=bob@example.org url=https://u:pw@h/p?x=1");
		expect(text).toBe("user=bob password=[redacted:secret] mail=[redacted:email] url=https://u:[redacted:password]@h/p?x=1");
		expect(count).toBe(3);
	});

	it("finds nothing more in its own output", () => {
		for (const [, text] of SECRETS) expect(redact(redact(text).text).count).toBe(0);
		for (const noise of sample(string({ maxLength: 400 }), { seed: 7, numRuns: 200 })) {
			for (const [, text] of SECRETS) {
				const once = redact(`${noise} ${text} ${noise}`).text;
				expect(redact(once).text).toBe(once);
			}
		}
	});

	it("cuts what is longer than its limit, and says so", () => {
		const { text } = redact(`${"x".repeat(100)} password=hunter2`, { maxLength: 100 });
		expect(text).toBe(`${"x".repeat(100)}... [17 characters cut]`);
	});

	it.each([
		"a",
		"1",
		"@a.",
		"eyJ",
		"password=",
		"://a:",
		"a@",
		"1-",
		"a.",
		" a-",
		"Bearer ",
		"cookie: a=",
		"-----BEGIN PRIVATE KEY-----",
		"token:  ",
		'"',
		"a@a.a.",
	])("does work in proportion to the length of a hostile line of %j", (unit) => {
		const cost = (length: number) => {
			const line = unit.repeat(Math.ceil(length / unit.length));
			const began = process.cpuUsage();
			redact(line, { maxLength: length });
			const used = process.cpuUsage(began);
			return used.user + used.system;
		};
		cost(20_000);
		// processor time, not wall-clock; a quadratic pattern would need 64 times as much for 8 times the length
		expect(cost(800_000)).toBeLessThan(30 * Math.max(cost(100_000), 20_000));
	});

	it("survives a line of 10 MB", () => {
		const { text } = redact(`${"password=hunter2 ".repeat(600_000)}`);
		expect(text.length).toBeLessThan(2 * 1024 * 1024);
		expect(text).not.toContain("hunter2");
	});
});

describe("redactDeep", () => {
	it("reaches every text, and whole values under secret names", () => {
		const input = {
			a: ["mail a@example.org", { n: 5, ok: true, none: null }],
			headers: { Authorization: "zzz", "Set-Cookie": "k" },
			apiKey: "q",
			tokens: 12,
			author: "Jane",
			keys: "b",
		};
		const { value, count } = redactDeep(input);
		expect(value).toEqual({
			a: ["mail [redacted:email]", { n: 5, ok: true, none: null }],
			headers: { Authorization: "[redacted:secret]", "Set-Cookie": "[redacted:secret]" },
			apiKey: "[redacted:secret]",
			tokens: 12,
			author: "Jane",
			keys: "b",
		});
		expect(count).toBe(4);
		expect(input.apiKey).toBe("q");
	});

	it("does not follow without end", () => {
		const loop: Record<string, unknown> = {};
		loop.self = loop;
		expect(JSON.stringify(redactDeep(loop).value)).toContain("nested too deep");
	});
});

describe("card numbers", () => {
	// the issuers' published test numbers
	it.each([
		"4242424242424242",
		"5555555555554444",
		"378282246310005",
		"6011111111111117",
		"3530111333300000",
		"30569309025904",
		"4111-1111-1111-1111",
		"3782 822463 10005",
	])("%s is one", (number) => expect(isCardNumber(number)).toBe(true));
	it.each(["4242424242424241", "1780000000000", "0000000000000000", "4111 1111-1111 1111", "41 11 11 11 11 11 11 11"])(
		"%s is none",
		(number) => expect(isCardNumber(number)).toBe(false),
	);
	it("passes Luhn's own example", () => {
		expect(passesLuhn("17893729974")).toBe(true);
		expect(passesLuhn("17893729975")).toBe(false);
	});
});
