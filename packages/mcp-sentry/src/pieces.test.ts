import { describe, expect, it } from "vitest";
import { regionUrl } from "./client.ts";
import { nextCursor } from "./link-header.ts";
import { commitSignal, deploySignals, publishedSignals } from "./map-change.ts";
import { eventSignal } from "./map-error.ts";
import { spanSignal } from "./map-span.ts";
import { createPacer, endpointOf } from "./rate-limit.ts";
import { Commit, Deploy, Event, Issue, Release } from "./wire.ts";

const url = (path: string) => `https://sentry.example/${path}`;

describe("nextCursor", () => {
	const previous = '<https://s/?cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1"';
	it.each([
		[`${previous}, <https://s/?a=1,2&cursor=0:100:0>; rel="next"; results="true"; cursor="0:100:0"`, "0:100:0"],
		[`${previous}, <https://s/>; rel="next"; results="false"; cursor="0:100:0"`, undefined],
		[null, undefined],
		["nonsense", undefined],
	])("of %s is %s", (header, expected) => expect(nextCursor(header)).toBe(expected));
});

describe("regionUrl", () => {
	it.each([
		["https://de.sentry.io", "https://de.sentry.io"],
		["https://us.sentry.io/path", "https://us.sentry.io"],
		["http://us.sentry.io", undefined],
		["https://sentry.io.evil.example", undefined],
		["https://a.b.sentry.io", undefined],
		["nonsense", undefined],
	])("believes %s as %s", (stated, expected) => expect(regionUrl({ slug: "o", links: { regionUrl: stated } })).toBe(expected));
	it("does without", () => expect(regionUrl({ slug: "o" })).toBeUndefined());
});

describe("the pacer", () => {
	const signal = new AbortController().signal;
	const headers = (remaining: number, reset: number, limit = 10) =>
		new Headers({
			"x-sentry-rate-limit-remaining": String(remaining),
			"x-sentry-rate-limit-reset": String(reset),
			"x-sentry-rate-limit-limit": String(limit),
		});

	it("fails at once where the wait would be long, of that endpoint only", async () => {
		const pacer = createPacer(() => 1_000_000);
		pacer.learn("issues", headers(0, 1060));
		await expect(pacer.ready("issues", signal)).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 60_020 });
		await pacer.ready("events", signal);
	});

	it("does not wait while there is room, or where the headers say nothing", async () => {
		const pacer = createPacer(() => 1_000_000);
		pacer.learn("issues", headers(3, 1060));
		pacer.learn("issues", new Headers());
		await pacer.ready("issues", signal);
		expect(pacer.waitedBy(signal)).toBe(0);
	});

	it("counts what is under way, and takes a refusal as nothing left", async () => {
		let clock = 1_000_000;
		const pacer = createPacer(() => clock);
		await Promise.all([1, 2, 3].map(() => pacer.ready("issues", signal)));
		pacer.learn("issues", headers(3, 1060));
		await pacer.ready("issues", signal);
		await expect(pacer.ready("issues", signal)).rejects.toMatchObject({ code: "RATE_LIMITED" });
		clock = 1_061_000;
		await pacer.ready("issues", signal);
		pacer.learn("issues", headers(5, 1100), 429);
		await expect(pacer.ready("issues", signal)).rejects.toMatchObject({ code: "RATE_LIMITED" });
	});

	it.each([
		["/api/0/organizations/o/issues/123/events/", "/api/0/organizations/o/issues/:id/events/"],
		["/api/0/organizations/o/releases/web%401.2/deploys/", "/api/0/organizations/o/releases/:id/deploys/"],
		["/api/0/organizations/o/events/", "/api/0/organizations/o/events/"],
	])("knows %s as %s", (path, endpoint) => expect(endpointOf(path)).toBe(endpoint));
});

describe("changes", () => {
	const release = Release.parse({
		version: "web@1.2.3",
		ref: "0a1b2c3d4e5f",
		dateReleased: "2026-06-19T09:00:00Z",
		projects: [
			{ id: 1, slug: "web", name: "web" },
			{ id: 2, slug: "api", name: "Public API" },
		],
		owner: { username: "mia" },
	});

	it("names a version without its package where that is the project", () => {
		const deploy = Deploy.parse({ id: 5, environment: "production", dateFinished: "2026-06-19T09:05:00Z" });
		expect(deploySignals(release, deploy, url).map((s) => [s.service, s.change?.id, s.body, s.change?.commitId, s.change?.author])).toEqual(
			[
				["web", "1.2.3", "deploy 1.2.3 to production", "0a1b2c3d4e5f", "mia"],
				["api", "web@1.2.3", "deploy web@1.2.3 to production", "0a1b2c3d4e5f", "mia"],
			],
		);
		expect(deploySignals(release, Deploy.parse({ id: 6 }), url)).toEqual([]);
	});

	it("takes a release without deploys as the change itself, and an unpublished one as none", () => {
		expect(publishedSignals(release, url).map((s) => s.body)).toEqual(["release 1.2.3", "release web@1.2.3"]);
		expect(publishedSignals(Release.parse({ version: "x" }), url)).toEqual([]);
	});

	it("tells a commit's service by a repository of its own, and keeps a message that is no diff apart", () => {
		const commit = Commit.parse({
			id: "abc",
			message: "fix: it\n\nBecause of that.",
			dateCreated: "2026-06-19T09:00:00Z",
			author: { name: "jo" },
			repository: { name: "corp/web" },
		});
		expect(
			commitSignal(
				commit,
				release,
				[{ commitMessage: "fix: it\n\nBecause of that.", filename: "a.ts", repoName: "corp/web" }],
				new Map([["web", "web"]]),
				url,
			),
		).toMatchObject({
			service: "web",
			body: "fix: it",
			attributes: { message: "Because of that." },
			change: { type: "commit", id: "abc", author: "jo", files: ["a.ts"] },
		});
		expect(commitSignal(Commit.parse({ id: "abc" }), release, [], new Map(), url)).toBeUndefined();
	});
});

describe("spans", () => {
	it("takes the precise start to the microsecond, or the timestamp with or without a zone", () => {
		expect(spanSignal({ id: "a", "precise.start_ts": 1781859600.123457 }, url)?.time).toBe("2026-06-19T09:00:00.123457Z");
		expect(spanSignal({ id: "a", timestamp: "2026-06-19T09:00:00+00:00" }, url)?.time).toBe("2026-06-19T09:00:00.000Z");
		expect(spanSignal({ id: "a", timestamp: "2026-06-19T09:00:00" }, url)?.time).toBe("2026-06-19T09:00:00.000Z");
		expect(spanSignal({ id: "a" }, url)).toBeUndefined();
	});

	it.each([
		["ok", 9],
		["cancelled", 9],
		["internal_error", 17],
		["deadline_exceeded", 17],
		["a-new-status", 9],
	])("status %s has severity %i", (status, severity) =>
		expect(spanSignal({ id: "a", timestamp: "2026-06-19T09:00:00Z", "span.status": status }, url)).toMatchObject({
			severity,
			span: { status },
		}),
	);
});

describe("an event as it was stored", () => {
	const stored = {
		event_id: "3ee2c139",
		timestamp: 1781859600.5,
		level: "fatal",
		environment: "production",
		release: "2.0",
		tags: [["region", "eu"]],
		extra: { queue: "mail" },
		request: { url: "https://shop.example/cart?token=abc" },
		exception: {
			values: [
				{
					type: "TimeoutError",
					value: "no answer",
					stacktrace: {
						frames: [
							{ abs_path: "/app/a.py", lineno: 7, in_app: true },
							{ filename: "lib.py", in_app: false },
						],
					},
				},
			],
		},
	};
	const issue = Issue.parse({ id: 1, title: "x" });

	it("reads as one of the API's: exceptions, level, release, time", () => {
		expect(eventSignal(issue, Event.parse(stored), url)).toMatchObject({
			time: "2026-06-19T09:00:00.500Z",
			severity: 21,
			body: "TimeoutError: no answer",
			redactions: 1,
			attributes: { environment: "production", release: "2.0", queue: "mail", suspectFile: "/app/a.py" },
		});
		expect(JSON.stringify(eventSignal(issue, Event.parse(stored), url))).not.toContain("cart");
	});

	it("reads whatever its parts are", () => {
		const odd = {
			event_id: "a",
			timestamp: "2026-06-19T09:00:00Z",
			logentry: { message: "hello {name}" },
			tags: { a: 1 },
			exception: [{ type: "E", stacktrace: 3 }],
		};
		expect(eventSignal(issue, Event.parse(odd), url)?.body).toBe("E");
		expect(eventSignal(issue, Event.parse({ ...odd, exception: null }), url)?.body).toBe("hello {name}");
		expect(Event.safeParse(null).success).toBe(false);
	});
});
