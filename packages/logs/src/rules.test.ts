import { describe, expect, it } from "vitest";
import { createNormaliser } from "./normalise.ts";
import { DEFAULT_RULES } from "./rules.ts";

/** For each rule, alone: what it must take out, and near misses that it must leave as they are. */
const CASES: Record<string, { touches: [line: string, text: string][]; leaves: string[] }> = {
	url: {
		touches: [
			["GET https://example.org/a?b=1#c done", "GET <url> done"],
			["see (http://x.io/a).", "see (<url>)."],
			["jdbc:postgresql://db:5432/shop?ssl=true", "jdbc:<url>"],
		],
		leaves: ["a://", "1http", "https:/one-slash", "path //x"],
	},
	email: {
		touches: [["to jo.doe+x@mail.example.com failed", "to <email> failed"]],
		leaves: ["user@localhost", "@mention", "a@b@c", "Object@1b6d3586"],
	},
	uuid: {
		touches: [
			["request 123e4567-e89b-12d3-a456-426614174000 ok", "request <uuid> ok"],
			["{ABCDEF01-E89B-12D3-A456-426614174000}", "{<uuid>}"],
		],
		leaves: ["123e4567-e89b-12d3-a456-42661417400", "x123e4567-e89b-12d3-a456-426614174000", "g23e4567-e89b-12d3-a456-426614174000"],
	},
	token: {
		touches: [["auth eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF-1 ok", "auth <token> ok"]],
		leaves: ["eyJshort.x", "heyJhbGciOiJIUzI1NiJ9.aaaa"],
	},
	"time-iso": {
		touches: [
			["2026-06-19T09:00:00.123456Z start", "<time> start"],
			["2026-06-19 09:00:00,123 start", "<time> start"],
			["2026/06/19 09:00:00 +02:00 start", "<time> start"],
			["on 2026-06-19 only", "on <time> only"],
		],
		leaves: ["12026-06-19", "2026-6-19", "v2026-06-19x", "2026-06-191"],
	},
	"time-basic": {
		touches: [
			["at 20260619T090000Z x", "at <time> x"],
			["20260619T090000.123+0200", "<time>"],
		],
		leaves: ["20260619090000", "20260619T0900", "a20260619T090000"],
	},
	"time-month": {
		touches: [
			["Jun 19 09:00:00 start", "<time> start"],
			["Jun  9 09:00:00.5 start", "<time> start"],
			["Fri Jun 19 09:00:00 UTC 2026 start", "<time> start"],
			["Fri, 19 Jun 2026 09:00:00 GMT", "<time>"],
			["Jun 19, 2026 9:00:00 AM start", "<time> start"],
		],
		leaves: ["June 19 09:00:00", "May 5", "Maybe 19 09:00", "Jun 19 0900"],
	},
	"time-access": {
		touches: [
			["[19/Jun/2026:09:00:00 +0000]", "[<time>]"],
			["19-Jun-2026 09:00:00 x", "<time> x"],
			["19/Jun/2026 x", "<time> x"],
		],
		leaves: ["19/06/2026", "119/Jun/2026", "19/Jun/26"],
	},
	"time-numbers": {
		touches: [
			["06/19/2026 9:00:00 PM x", "<time> x"],
			["19.06.2026, 09:00:00", "<time>"],
		],
		leaves: ["06/19/2026", "1.2.2026 beta", "6/19/26 09:00:00"],
	},
	mac: {
		touches: [
			["link 00:1a:2b:3c:4d:5e up", "link <mac> up"],
			["00-1A-2B-3C-4D-5E", "<mac>"],
		],
		leaves: ["00:1a:2b:3c:4d", "00:1a:2b:3c:4d:5", "x00:1a:2b:3c:4d:5e"],
	},
	"time-clock": {
		touches: [
			["at 09:00:00 sharp", "at <time> sharp"],
			["9:00:00.250 AM", "<time>"],
		],
		leaves: ["09:00", "109:00:00", "09:00:000"],
	},
	"ip-v4": {
		touches: [
			["from 10.1.2.3:8080 to /10.1.2.4", "from <ip> to <ip>"],
			["net 10.0.0.0/8", "net <ip>"],
			["at 10.1.2.3.", "at <ip>."],
		],
		leaves: ["1.2.3", "10.1.2.3.4", "v10.1.2.3", "1000.1.2.3"],
	},
	"ip-mapped": {
		touches: [["peer ::ffff:10.1.2.3 up", "peer <ip> up"]],
		leaves: ["ffff:10.1.2.3", "a::ffff:10.1.2.3", "::ffff:10.1.2.3.4"],
	},
	"ip-v6": {
		touches: [
			["from fe80::1ff:fe23:4567:890a port", "from <ip> port"],
			["[2001:db8:0:0:0:0:0:1]", "[<ip>]"],
			["fe80::1%eth0 up", "<ip> up"],
			["on ::1 only", "on <ip> only"],
		],
		leaves: ["AppHost::start", "std::vector", "a::b", "10:20:30", "1:2:3:4:5:6:7:8:9"],
	},
	"path-windows": {
		touches: [["open C:\\Windows\\System32\\x.dll failed", "open <path> failed"]],
		leaves: ["C: drive", "ab:\\x", "x.C:\\y"],
	},
	"path-absolute": {
		touches: [
			["open /var/log/syslog failed", "open <path> failed"],
			["in ~/x and ../y/z", "in <path> and <path>"],
		],
		leaves: ["and/or", "a </b>", "1/2", "/"],
	},
	"path-relative": { touches: [["read conf/app/main.yaml now", "read <path> now"]], leaves: ["and/or", "km/h", "1/2/3"] },
	quoted: {
		touches: [
			['tag "worker" set', "tag <quoted> set"],
			["state 'Active' now", "state <quoted> now"],
			['{"a":"x y","b":"z"}', '{"a":"x y","b":<quoted>}'],
		],
		leaves: ["can't open, won't close", '{"level": "x y"}', '"two words"', '"key": 1', "'a'b"],
	},
	angled: { touches: [["node <none> is <ok>", "node <angled> is <angled>"]], leaves: ["a < b > c", "<Upper>", "</b>", "<a b>"] },
	address: {
		touches: [
			["at 0x00007f8dd9a0c738 in main", "at <address> in main"],
			["java.lang.Object@1b6d3586", "java.lang.Object<address>"],
		],
		leaves: ["0x1F", "a@b.example", "0x00007f8dd9a0c738g", "me@face1"].slice(0, 3),
	},
	"hex-prefixed": {
		touches: [
			["code 0x1F", "code <hex>"],
			["0XABC", "<hex>"],
		],
		leaves: ["10x1F", "0xyz", "x1F"],
	},
	hash: {
		touches: [
			["digest d41d8cd98f00b204e9800998ecf8427e", "digest <hash>"],
			[`sha256:${"0a".repeat(32)}`, "sha256:<hash>"],
		],
		leaves: ["d41d8cd98f00b204e9800998ecf8427", "g41d8cd98f00b204e9800998ecf8427e", "abcdefabcdefabcdefabcdefabcdefab"],
	},
	host: {
		touches: [["host db-1.prod.example.com:5432 is up", "host <host> is up"]],
		leaves: ["java.util.List", "file.txt", "com.example.Main", "e.g. this", "a.close()"],
	},
	user: {
		touches: [
			["session opened for user cyrus now", "session opened for user <user> now"],
			["invalid user x-y", "invalid user <user>"],
		],
		leaves: ["check pass; user unknown", "for users all", "the user bob"],
	},
	"duration-iso": {
		touches: [
			["in PT1H30M now", "in <duration> now"],
			["P1DT2.5S", "<duration>"],
		],
		leaves: ["P", "PT", "P1", "HTTP1", "P5X"],
	},
	"duration-parts": {
		touches: [
			["took 1h2m3.5s", "took <duration>"],
			["up 3d4h", "up <duration>"],
		],
		leaves: ["3s", "1h2", "x1h2m", "1h 2m", "877d1165d1d4233d", "2m1h"],
	},
	duration: {
		touches: [
			["took 12.5 ms, 3s, 10 seconds", "took <duration>, <duration>, <duration>"],
			["5µs", "<duration>"],
		],
		leaves: ["3 servers", "5 d", "x3s", "12"],
	},
	size: {
		touches: [
			["read 12 KB of 1.5GiB", "read <size> of <size>"],
			["512 bytes", "<size>"],
		],
		leaves: ["5 Bananas", "12 MBit", "x12KB", "12"],
	},
	value: { touches: [["uid=0 user=root x=", "uid=<value> user=<value> x="]], leaves: ["a = b", "a==", "= x", "x= y"] },
	hex: { touches: [["commit 3f2a9bc", "commit <hex>"]], leaves: ["decade facade", "123456", "3f2a9", "3f2a9bg"] },
	id: {
		touches: [
			["id a1b2c3d4z5 here", "id <id> here"],
			["i-0ab1z", "i-<id>"],
		],
		leaves: ["abc123", "12ab", "word", "1.2"],
	},
	num: { touches: [["5 of -10 (50%) 1,000.5 2e-7", "<num> of <num> (<num>) <num> <num>"]], leaves: ["a1", "x.5", "none", ")5"] },
	"num-inside": { touches: [["blk_-160 jk2_init f1", "blk_<num> jk<num>_init f<num>"]], leaves: ["plain words", "", "½"] },
};

describe("the default rules", () => {
	it("are all told what they must touch and what not, and have unique names", () => {
		expect(Object.keys(CASES).toSorted()).toEqual(DEFAULT_RULES.map(({ name }) => name).toSorted());
		for (const { touches, leaves } of Object.values(CASES)) expect([touches.length > 0, leaves.length > 1]).toEqual([true, true]);
	});

	for (const rule of DEFAULT_RULES) {
		const alone = createNormaliser([rule]);
		it.each(CASES[rule.name]?.touches ?? [])(`${rule.name}: %j becomes %j`, (line, text) => {
			expect(alone(line).text).toBe(text);
		});
		it.each(CASES[rule.name]?.leaves ?? [])(`${rule.name} leaves %j`, (line) => {
			expect(alone(line).text).toBe(line);
		});
	}
});
