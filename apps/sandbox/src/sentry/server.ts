import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { World } from "../world.ts";
import { eventsTable, timeseries } from "./datasets.ts";
import { eventJson, issueJson } from "./issue-json.ts";
import { type Issue, issuesOf, type Project, projectsOf } from "./issues.ts";
import { paginate, periodOf } from "./paging.ts";
import { commitJson, deployJson, fileChanges, type Release, releaseJson, releasesOf } from "./releases.ts";
import { searchOf } from "./search.ts";

/** The one organization of the sandbox. */
export const ORGANIZATION = { id: "1", slug: "sandbox", name: "Sandbox", status: { id: "active", name: "active" } };

interface State {
	world: World;
	projects: Project[];
	issues: Issue[];
	releases: Release[];
}

type Params = Record<string, string>;

/**
 * The capture as Sentry's API 0: projects, issues and their events, spans, releases with deploys and commits. Takes any bearer
 * token, but wants one.
 */
export function createSentryApi(world: World): FastifyInstance {
	const app = fastify({ logger: false, forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 } });
	let built: State | undefined;
	const state = () => {
		if (built) return built;
		const projects = projectsOf(world.services);
		built = { world, projects, issues: issuesOf(world, projects), releases: releasesOf(world, projects) };
		return built;
	};
	app.addHook("onRequest", async (request, reply) => {
		rateLimitHeaders(reply, world.now());
		if (!/^Bearer \S+/.test(request.headers.authorization ?? ""))
			return await reply.code(401).send({ detail: "Authentication credentials were not provided." });
	});
	app.addHook("preHandler", async (request, reply) => {
		const { org } = request.params as Params;
		if (org !== undefined && org !== ORGANIZATION.slug && org !== ORGANIZATION.id) return await missing(reply);
	});
	app.setNotFoundHandler((_request, reply) => missing(reply));
	app.get("/api/0/", () => ({
		version: "0",
		auth: { scopes: ["org:read", "project:read", "event:read", "project:releases"] },
		user: null,
	}));
	app.get("/api/0/organizations/", (request, reply) => paginate(request, reply, [ORGANIZATION], "per_page"));
	app.get("/api/0/organizations/:org/", () => ORGANIZATION);
	app.get("/api/0/organizations/:org/projects/", (request, reply) =>
		paginate(request, reply, state().projects.map(projectJson), "per_page"),
	);
	app.get("/api/0/projects/:org/:project/", async (request, reply) => {
		const found = state().projects.find((p) => p.slug === (request.params as Params).project);
		return found ? projectJson(found) : await missing(reply);
	});
	issueRoutes(app, state);
	releaseRoutes(app, state);
	app.get("/api/0/organizations/:org/events/", (request, reply) => eventsTable(state(), request, reply, wantedProjects(request)));
	app.get("/api/0/organizations/:org/events-timeseries/", (request, reply) => timeseries(state(), request, reply, wantedProjects(request)));
	app.get("/api/0/client-config/", () => ({ version: { current: "26.6.0", latest: "26.6.0", build: "sandbox", upgradeAvailable: false } }));
	app.get("/api/0/organizations/:org/shortids/:short/", async (request, reply) => {
		const { short } = request.params as Params;
		const issue = state().issues.find((i) => i.shortId === short?.toUpperCase());
		return issue ? { shortId: issue.shortId, groupId: issue.id, projectSlug: issue.project.slug } : await missing(reply);
	});
	app.get("/api/0/projects/:org/:project/events/:event/committers/", async (request, reply) => {
		const { event } = request.params as Params;
		const issue = state().issues.find((i) => i.events.some((e) => e.eventId === event));
		const at = issue?.events.find((e) => e.eventId === event)?.time;
		const commit = issue && at !== undefined ? suspectOf(state().releases, issue.project, at) : undefined;
		return commit === undefined
			? await missing(reply)
			: { committers: [{ author: { name: commit.author ?? "" }, commits: [suspectJson(commit)] }] };
	});
	return app;
}

const missing = (reply: FastifyReply) => reply.code(404).send({ detail: "The requested resource does not exist" });
const projectJson = (p: Project) => ({ ...p, platform: "other", status: "active", features: [], organization: ORGANIZATION });

/** On every reply, as Sentry sends them; the sandbox never runs short. */
function rateLimitHeaders(reply: FastifyReply, now: number): void {
	reply.headers({
		"x-sentry-rate-limit-limit": "40",
		"x-sentry-rate-limit-remaining": "39",
		"x-sentry-rate-limit-reset": String(Math.floor(now / 1000) + 1),
		"x-sentry-rate-limit-concurrentlimit": "25",
		"x-sentry-rate-limit-concurrentremaining": "24",
	});
}

/** Project ids or slugs that the query narrows to; all where it names none. */
function wantedProjects(request: FastifyRequest): (p: Project) => boolean {
	const { project } = request.query as Record<string, string | string[] | undefined>;
	const ids = project === undefined ? [] : [project].flat();
	return (p) => ids.length === 0 || ids.includes("-1") || ids.includes(p.id) || ids.includes(p.slug);
}

function issueRoutes(app: FastifyInstance, state: () => State): void {
	app.get("/api/0/organizations/:org/issues/", (request, reply) => {
		const { world, issues } = state();
		const within = periodOf(request, world.now());
		const wanted = wantedProjects(request);
		const { query = "" } = request.query as Record<string, string | undefined>;
		// states and assignments are of people, and no capture has them
		const search = searchOf(query.replace(/\b(is|assigned|has):\S+/g, ""), "title");
		const found = issues
			.filter((i) => search((f) => ({ title: i.title, message: i.title, level: i.level, issue: i.shortId, project: i.project.slug })[f]))
			.map((issue) => ({ issue, events: issue.events.filter((e) => within(e.time)) }))
			.filter(({ issue, events }) => events.length > 0 && wanted(issue.project))
			.sort((a, b) => (b.events.at(-1)?.time ?? 0) - (a.events.at(-1)?.time ?? 0));
		return paginate(request, reply, found, "limit").map(({ issue, events }) => ({
			...issueJson(issue, events, originOf(request)),
			firstRelease: versionAt(issue, 0),
		}));
	});
	const versionAt = (issue: Issue, index: number) => {
		const version = releaseAt(state().releases, issue.project, issue.events.at(index)?.time ?? 0);
		return version === undefined ? null : { version };
	};
	const issueOf = (request: FastifyRequest) => state().issues.find((i) => i.id === (request.params as Params).issue);
	for (const prefix of ["/api/0/organizations/:org/issues/:issue", "/api/0/issues/:issue"]) {
		app.get(`${prefix}/`, async (request, reply) => {
			const issue = issueOf(request);
			if (!issue) return await missing(reply);
			return { ...issueJson(issue, issue.events, originOf(request)), firstRelease: versionAt(issue, 0), lastRelease: versionAt(issue, -1) };
		});
		app.get(`${prefix}/events/`, async (request, reply) => {
			const issue = issueOf(request);
			if (!issue) return await missing(reply);
			const { world, releases } = state();
			const within = periodOf(request, world.now());
			const newestFirst = issue.events.filter((e) => within(e.time)).reverse();
			return paginate(request, reply, newestFirst, "per_page").map((e) => eventJson(issue, e, releaseAt(releases, issue.project, e.time)));
		});
		app.get(`${prefix}/events/:event/`, async (request, reply) => {
			const issue = issueOf(request);
			const { event: asked } = request.params as Params;
			const event =
				asked === "latest" ? issue?.events.at(-1) : asked === "oldest" ? issue?.events[0] : issue?.events.find((e) => e.eventId === asked);
			return issue && event ? eventJson(issue, event, releaseAt(state().releases, issue.project, event.time)) : await missing(reply);
		});
	}
}

const originOf = (request: FastifyRequest): string => `http://${request.headers.host ?? "sandbox"}`;

/** The release of a project that ran at a time: the last one deployed before it. */
function releaseAt(releases: readonly Release[], project: Project, time: number): string | undefined {
	const deployed = (r: Release) =>
		r.deploys.filter((d) => d.project.id === project.id && Date.parse(d.time) <= time).map((d) => Date.parse(d.time));
	const candidates = releases.map((r) => ({ version: r.version, at: Math.max(...deployed(r)) })).filter((c) => Number.isFinite(c.at));
	return candidates.sort((a, b) => b.at - a.at)[0]?.version;
}

/** Where a code host is connected, Sentry blames lines; the sandbox takes the commit of the project's last deploy before the event. */
function suspectOf(releases: readonly Release[], project: Project, time: number): Release["commits"][number] | undefined {
	const version = releaseAt(releases, project, time);
	return releases.find((r) => r.version === version)?.commits[0];
}

const suspectJson = (commit: Release["commits"][number]) => ({
	...commitJson(commit),
	suspectCommitType: "via commit in release",
	score: 1,
});

function releaseRoutes(app: FastifyInstance, state: () => State): void {
	const base = "/api/0/organizations/:org/releases";
	app.get(`${base}/`, (request, reply) => {
		const wanted = wantedProjects(request);
		const within = periodOf(request, state().world.now());
		const found = state().releases.filter((r) => r.projects.some(wanted) && within(Date.parse(r.released ?? r.created)));
		return paginate(request, reply, found, "per_page").map(releaseJson);
	});
	const withRelease = (suffix: string, answer: (release: Release, request: FastifyRequest, reply: FastifyReply) => unknown) =>
		app.get(`${base}/:version/${suffix}`, async (request, reply) => {
			const release = state().releases.find((r) => r.version === (request.params as Params).version);
			return release ? answer(release, request, reply) : await missing(reply);
		});
	withRelease("", (release) => releaseJson(release));
	withRelease("deploys/", (release, request, reply) =>
		paginate(request, reply, [...release.deploys].reverse().map(deployJson), "per_page"),
	);
	withRelease("commits/", (release, request, reply) => paginate(request, reply, release.commits.map(commitJson), "per_page"));
	withRelease("commitfiles/", (release, request, reply) => paginate(request, reply, fileChanges(release), "per_page"));
}
