import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, CRASHING, clusterEvidence, SAMPLE_WINDOW } from "../testing/index.ts";
import { createWorld } from "../world.ts";
import { createSentryApi } from "./server.ts";

let api: FastifyInstance;
beforeAll(() => {
	const evidence = clusterEvidence();
	const deploy = evidence.signals.find((s) => s.change?.type === "deploy");
	if (!deploy) throw new Error("the sample has a deploy");
	// the same version in another service, later
	evidence.signals.push({
		...deploy,
		id: "change:again",
		time: at(19),
		service: "orders",
		resource: "orders",
		change: { type: "deploy", id: "d-17", title: "orders d-17" },
	});
	evidence.signals.push({
		...deploy,
		id: "error:1",
		kind: "error",
		time: at(21),
		service: "orders",
		resource: "orders",
		body: "Outer: failed",
		change: undefined as never,
		attributes: {
			exceptions: [
				{ type: "Outer", value: "failed", frames: [{ file: "a.ts", function: "a", line: 3, inApp: true }] },
				{ type: "Inner", value: "cause", frames: [] },
			],
		},
	});
	api = createSentryApi(createWorld(evidence));
});
afterAll(async () => await api.close());

async function get(path: string, headers: Record<string, string> = { authorization: "Bearer any" }) {
	const reply = await api.inject({ url: `/api/0${path}`, headers });
	return { status: reply.statusCode, headers: reply.headers, body: reply.json() as unknown };
}

describe("Sentry's API", () => {
	it("wants a token, and knows its organization", async () => {
		expect(await get("/organizations/sandbox/issues/", {})).toMatchObject({ status: 401, body: { detail: expect.any(String) } });
		expect((await get("/organizations/elsewhere/issues/")).status).toBe(404);
		expect((await get("/organizations/sandbox/nothing/")).status).toBe(404);
		expect(await get("/organizations/sandbox")).toMatchObject({ status: 200, body: { slug: "sandbox" } });
		expect((await get("/organizations/")).body).toEqual([expect.objectContaining({ slug: "sandbox" })]);
		expect((await get("/")).body).toMatchObject({ version: "0" });
	});

	it("tells its limits on every reply", async () => {
		const { headers } = await get("/organizations/sandbox/projects/");
		expect(Number(headers["x-sentry-rate-limit-remaining"])).toBeGreaterThan(0);
		expect(Number(headers["x-sentry-rate-limit-reset"])).toBeGreaterThan(0);
	});

	it("has a project per service", async () => {
		const { body } = await get("/organizations/sandbox/projects/");
		expect((body as { slug: string }[]).map((p) => p.slug)).toEqual(["orders", "stock"]);
		expect((await get("/projects/sandbox/stock/")).body).toMatchObject({ slug: "stock" });
		expect((await get("/projects/sandbox/nowhere/")).status).toBe(404);
	});

	it("groups errors of a service by their message, and links its pages", async () => {
		const first = await get(`/organizations/sandbox/issues/?limit=1&start=${SAMPLE_WINDOW.from.replace("Z", "")}&end=${at(29)}`);
		expect(first.body).toEqual([
			expect.objectContaining({
				title: "could not reserve stock for order 40: connection refused",
				count: "18",
				lifetime: expect.objectContaining({ count: "20" }),
			}),
		]);
		expect(first.headers.link).toContain('rel="next"; results="true"; cursor="0:1:0"');
		const second = await get("/organizations/sandbox/issues/?limit=1&cursor=0:1:0");
		expect(second.body).toEqual([expect.objectContaining({ title: "Outer: failed" })]);
		expect(second.headers.link).toContain('rel="next"; results="false"');
		expect((await get("/organizations/sandbox/issues/?statsPeriod=2m")).body).toHaveLength(1);
		expect((await get("/organizations/sandbox/issues/?project=1001")).body).toEqual([]);
	});

	it("gives an issue's events, newest first, with exceptions in Sentry's order", async () => {
		const [issue, other] = (await get("/organizations/sandbox/issues/")).body as { id: string; title: string }[];
		const events = (await get(`/organizations/sandbox/issues/${issue?.id}/events/?per_page=2`)).body as {
			dateCreated: string;
			eventID: string;
			tags: object[];
			release: unknown;
		}[];
		expect(events.map((e) => e.dateCreated)).toEqual([at(29.5), at(29)]);
		expect(events[1]?.tags).toContainEqual({ key: "server_name", value: CRASHING });
		expect(events[0]?.release).toEqual({ version: "orders@d-17" });
		expect((await get(`/issues/${issue?.id}/events/latest/`)).body).toMatchObject({ eventID: events[0]?.eventID });
		expect((await get(`/issues/${issue?.id}/events/${events[1]?.eventID}/`)).body).toMatchObject({ eventID: events[1]?.eventID });
		expect((await get(`/issues/${issue?.id}/`)).body).toMatchObject({ id: issue?.id });
		for (const path of ["/issues/1/", "/issues/1/events/", "/issues/1/events/latest/"]) expect((await get(path)).status, path).toBe(404);
		const thrown = (await get(`/issues/${other?.id}/events/oldest/`)).body as {
			entries: { type: string; data: { values: { type: string }[] } }[];
		};
		expect(thrown.entries[0]?.data.values.map((v) => v.type)).toEqual(["Inner", "Outer"]);
	});

	it("keeps two services' same version apart, and deploys with their commits and files", async () => {
		const releases = (await get("/organizations/sandbox/releases/")).body as {
			version: string;
			dateReleased: string | null;
			commitCount: number;
		}[];
		expect(releases.map((r) => [r.version, r.commitCount])).toEqual([
			["orders@d-17", 0],
			["stock@d-17", 1],
			["main@unreleased-ffee2c3d4e5f", 1],
		]);
		expect(releases[2]?.dateReleased).toBeNull();
		expect((await get("/organizations/sandbox/releases/stock@d-17/")).body).toMatchObject({
			lastCommit: { id: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567" },
		});
		expect((await get("/organizations/sandbox/releases/stock%40d-17/commitfiles/")).body).toHaveLength(2);
		expect((await get("/organizations/sandbox/releases/stock@d-17/deploys/")).body).toEqual([
			expect.objectContaining({ name: "stock 1.4.2", dateFinished: at(18) }),
		]);
		expect((await get("/organizations/sandbox/releases/nothing/commits/")).status).toBe(404);
	});

	it("answers spans and errors with the columns asked for", async () => {
		const spans = await get(
			"/organizations/sandbox/events/?dataset=spans&field=span.duration&field=span.status&field=nothing&sort=timestamp",
		);
		expect((spans.body as { data: unknown[] }).data[0]).toEqual({
			id: "00f067aa0ba902b7",
			"project.name": "orders",
			"span.duration": 120.5,
			"span.status": "ERROR",
			nothing: null,
		});
		const errors = await get("/organizations/sandbox/events/?dataset=errors&field=title&field=timestamp&per_page=1");
		expect((errors.body as { data: unknown[] }).data).toEqual([
			{ id: expect.any(String), "project.name": "orders", title: expect.stringContaining("could not"), timestamp: at(29.5) },
		]);
		expect((await get("/organizations/sandbox/events/?dataset=spans")).status).toBe(400);
		expect((await get("/organizations/sandbox/events/?dataset=dreams&field=id")).status).toBe(400);
	});
});
