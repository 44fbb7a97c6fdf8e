import { AppError, EvidencePage } from "@faultline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectHttp, connectInProcess, connectStdio } from "../client/connect.ts";
import type { McpConnection } from "../client/connection.ts";
import { serveHttp } from "../serve/http.ts";
import { openSource } from "../serve/source.ts";
import type { Source } from "../tool.ts";
import type { Fault } from "./faulty-upstream.ts";
import { refusingUrl, startFaultyUpstream, UPSTREAM_TEXT } from "./faulty-upstream.ts";
import { countToolTokens, MOST_TOKENS, MOST_TOOLS } from "./tool-tokens.ts";

type Env = Record<string, string | undefined>;

export interface SourceSuite {
	source: Source;
	/** The module that exports `source`: new URL("./index.ts", import.meta.url). */
	module: URL;
	/** An environment that makes the source read from this upstream; may write files it needs. */
	env(url: string): Env | Promise<Env>;
	/** Credentials in that environment: they must not be seen in any result. */
	secrets: readonly string[];
	/** An environment that is wrong, and words that the complaint must hold: one for each problem. */
	badEnv?: { env: Env; mentions: readonly string[] };
	/** Codes to accept for a fault besides the usual ones, where the source's protocol cannot tell them apart. */
	alsoAccept?: Partial<Record<Fault | "refused", readonly string[]>>;
	/** Tokens of the tool list as last measured (countToolTokens); the suite fails where it has grown by more than 5 %. */
	tokens?: number;
}

/** Codes that each fault may become. */
const EXPECTED: Record<Exclude<Fault, "hang"> | "refused", readonly string[]> = {
	"401": ["UNAUTHORIZED"],
	"403": ["FORBIDDEN"],
	"429": ["RATE_LIMITED"],
	"500": ["UNAVAILABLE"],
	garbage: ["BAD_RESPONSE"],
	page: ["BAD_RESPONSE"],
	reset: ["UNAVAILABLE"],
	refused: ["UNAVAILABLE"],
};

/** A rough bound for every source; `tokens` of a suite is the exact one. */
const MAX_LIST_CHARACTERS = 20_000;
const WINDOW = { from: "2026-06-19T09:00:00Z", to: "2026-06-19T09:30:00Z" };

/** What every source must do, whatever it reads from. Call it at the top of a test file; it declares its own tests. */
export function describeSource(suite: SourceSuite): void {
	describe.each(["in process", "http", "stdio"] as const)(`${suite.source.name} over %s`, (transport) =>
		declareTransport(suite, transport),
	);
	describe(`${suite.source.name} in a model's context`, () => declareSize(suite));
	describe(`${suite.source.name} with a faulty upstream`, () => declareFaults(suite));
	describe(`${suite.source.name} configuration`, () => {
		it.runIf(suite.badEnv !== undefined)("tells all its problems at once", () => {
			const { env = {}, mentions = [] } = suite.badEnv ?? {};
			const error = caught(() => suite.source.connect(env));
			expect(error.code).toBe("BAD_CONFIG");
			for (const word of mentions) expect(`${error.message} ${error.hint}`).toContain(word);
		});
	});
}

function declareTransport(suite: SourceSuite, transport: "in process" | "http" | "stdio"): void {
	let connection: McpConnection;
	let close: () => Promise<void>;
	beforeAll(async () => {
		const env = await suite.env(await refusingUrl());
		const opened = await open(suite, env, transport);
		connection = opened.connection;
		close = opened.close;
	}, 30_000);
	afterAll(async () => await close());

	it("initializes and answers ping", async () => {
		await connection.ping();
		expect(connection.name).toBe(`faultline-${suite.source.name}`);
		expect(connection.instructions?.length ?? 0).toBeGreaterThan(20);
		expect(Buffer.byteLength(connection.instructions ?? "")).toBeLessThan(2048);
	});

	it("lists tools that are named, described, annotated, sorted and small", async () => {
		const tools = await connection.listTools();
		const names = tools.map((tool) => tool.name);
		expect(names).toContain("check_access");
		expect(names).toEqual([...names].sort());
		expect(JSON.stringify(tools).length).toBeLessThanOrEqual(MAX_LIST_CHARACTERS);
		for (const tool of tools) {
			expect(tool.name).toMatch(/^(?:get|list|search|query|analyze|explain|propose|check)_[a-z0-9_]{1,34}$/);
			expect(tool.title).not.toBe("");
			expect(Buffer.byteLength(tool.description)).toBeLessThan(2048);
			expect(tool.description.length).toBeGreaterThan(30);
			expect(tool.annotations).toMatchObject({
				readOnlyHint: true,
				destructiveHint: false,
				idempotentHint: expect.any(Boolean),
				openWorldHint: expect.any(Boolean),
			});
			expect(tool.inputSchema).toMatchObject({ type: "object", additionalProperties: false });
			expect(tool.outputSchema).toMatchObject({ type: "object" });
		}
	});

	it("marks tools that return evidence, which take a window, a limit and a cursor", async () => {
		const tools = (await connection.listTools()).filter((tool) => tool.evidence.length > 0);
		expect(tools.length).toBeGreaterThan(0);
		for (const tool of tools) {
			expect(Object.keys(tool.inputSchema.properties as object)).toEqual(expect.arrayContaining(["from", "to", "limit", "cursor"]));
			expect(tool.inputSchema.required ?? []).toEqual([]);
		}
	});

	it("refuses an unknown argument and tells the valid ones", async () => {
		for (const tool of await connection.listTools()) {
			const error = await rejected(connection.callTool(tool.name, { no_such_argument: 1 }));
			expect(error.code).toBe("BAD_INPUT");
			expect(error.message).toContain("no_such_argument");
			for (const name of Object.keys((tool.inputSchema.properties ?? {}) as object)) expect(error.hint).toContain(name);
		}
	});

	it("refuses a window that is none, and a cursor that is not its own", async () => {
		for (const tool of (await connection.listTools()).filter(({ evidence }) => evidence.length > 0)) {
			expect((await rejected(connection.callTool(tool.name, { from: "yesterday-ish" }))).code).toBe("BAD_INPUT");
			expect((await rejected(connection.callTool(tool.name, { from: WINDOW.to, to: WINDOW.from }))).code).toBe("BAD_INPUT");
			expect((await rejected(connection.callTool(tool.name, { ...WINDOW, cursor: "bm90IGEgY3Vyc29y" }))).code).toBe("BAD_INPUT");
		}
	});

	it("says that a tool does not exist", async () => {
		const error = await rejected(connection.callTool("no_such_tool"));
		expect(error.code).toBe("NOT_FOUND");
		expect(error.hint).toContain("check_access");
	});
}

function declareSize(suite: SourceSuite): void {
	it.runIf(suite.tokens !== undefined)("has few tools, and their list has not grown", async () => {
		const { connection, close } = await open(suite, await suite.env(await refusingUrl()), "in process");
		const { tools, tokens } = await countToolTokens(connection);
		await close();
		expect(tools).toBeLessThanOrEqual(MOST_TOOLS);
		expect(tokens).toBeLessThanOrEqual(MOST_TOKENS);
		expect(tokens).toBeLessThanOrEqual(Math.floor((suite.tokens ?? 0) * 1.05));
	});
}

function declareFaults(suite: SourceSuite): void {
	it.each([...(Object.keys(EXPECTED) as Array<keyof typeof EXPECTED>)])(
		"%s becomes our code, without upstream text or credentials",
		async (fault) => {
			const upstream = fault === "refused" ? undefined : await startFaultyUpstream(fault);
			const env = await suite.env(upstream?.url ?? (await refusingUrl()));
			const { connection, close } = await open(suite, env, "in process");
			const accepted = [...EXPECTED[fault], ...(suite.alsoAccept?.[fault] ?? [])];
			try {
				for (const tool of (await connection.listTools()).filter(({ evidence }) => evidence.length > 0)) {
					const { codes, shown } = await outcome(connection, tool.name);
					expect(
						codes.some((code) => accepted.includes(code)),
						`${tool.name}: ${shown}`,
					).toBe(true);
					expectNoLeak(suite, shown);
				}
				const access = await connection.callTool("check_access");
				expect(access.data).toMatchObject({ ok: false });
				expectNoLeak(suite, JSON.stringify(access));
			} finally {
				await close();
				await upstream?.close();
			}
		},
		60_000,
	);

	it("lets go of a hanging upstream when the caller cancels", async () => {
		const upstream = await startFaultyUpstream("hang");
		const { connection, close } = await open(suite, await suite.env(upstream.url), "in process");
		try {
			for (const tool of (await connection.listTools()).filter(({ evidence }) => evidence.length > 0)) {
				const before = upstream.abandoned;
				const asked = upstream.requests;
				const controller = new AbortController();
				const call = rejected(connection.callTool(tool.name, WINDOW, { signal: controller.signal }));
				await expect.poll(() => upstream.requests, { timeout: 10_000 }).toBeGreaterThan(asked);
				controller.abort();
				expect((await call).code).toBe("CANCELLED");
				await expect.poll(() => upstream.abandoned, { timeout: 10_000 }).toBeGreaterThan(before);
			}
		} finally {
			await close();
			await upstream.close();
		}
	}, 60_000);
}

/** A tool may throw, or answer a page whose coverage says that it failed: partial failure is data. */
async function outcome(connection: McpConnection, tool: string): Promise<{ codes: string[]; shown: string }> {
	try {
		const reply = await connection.callTool(tool, WINDOW);
		const { coverage } = EvidencePage.parse(reply.data);
		expect(["failed", "partial"]).toContain(coverage.status);
		const said = [coverage.reason ?? "", ...(coverage.skipped ?? [])].join(" ");
		return { codes: said.match(/\b[A-Z]+(?:_[A-Z]+)*\b/g) ?? [], shown: JSON.stringify(reply) };
	} catch (thrown) {
		if (!(thrown instanceof AppError)) throw thrown;
		return { codes: [thrown.code], shown: `${thrown.code}: ${thrown.message} ${thrown.hint ?? ""}` };
	}
}

function expectNoLeak(suite: SourceSuite, shown: string): void {
	expect(shown).not.toContain(UPSTREAM_TEXT);
	for (const secret of suite.secrets) expect(shown).not.toContain(secret);
}

async function open(
	suite: SourceSuite,
	env: Env,
	transport: "in process" | "http" | "stdio",
): Promise<{ connection: McpConnection; close: () => Promise<void> }> {
	if (transport === "stdio") {
		const connection = await connectStdio({
			command: process.execPath,
			args: ["--input-type=module", "--eval", stdioProgram(suite.module)],
			env,
		});
		return { connection, close: async () => await connection.close() };
	}
	const servers = openSource(suite.source, env);
	const http = transport === "http" ? await serveHttp({ factory: servers.factory, port: 0 }) : undefined;
	const connection = http === undefined ? await connectInProcess(servers.factory) : await connectHttp({ url: http.url });
	return {
		connection,
		close: async () => {
			await connection.close();
			await http?.close();
			await servers.close();
		},
	};
}

/** A program of its own, as `faultline mcp <source>` is one: only so is standard output really that of a server. */
export function stdioProgram(module: URL): string {
	const serve = new URL("../index.ts", import.meta.url);
	return `import { source } from ${JSON.stringify(module.href)}; import { serveSource } from ${JSON.stringify(serve.href)}; await serveSource(source, process.env);`;
}

async function rejected(call: Promise<unknown>): Promise<AppError> {
	try {
		await call;
	} catch (thrown) {
		if (thrown instanceof AppError) return thrown;
		throw thrown;
	}
	throw new Error("the call was expected to fail");
}

function caught(work: () => unknown): AppError {
	try {
		work();
	} catch (thrown) {
		if (thrown instanceof AppError) return thrown;
		throw thrown;
	}
	throw new Error("this was expected to throw");
}
