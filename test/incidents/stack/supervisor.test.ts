import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createNotebook, type LogRecord, type Notebook } from "../telemetry/notebook.ts";
import { freePorts } from "./ports.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

/** A service that says what it is told to, is never ready, and ends when its figures are asked for. */
const SERVICE = `
import { createServer } from "node:http";
const admin = createServer((request, response) => {
	if (request.url === "/metrics") return response.end(JSON.stringify({ version: process.env.VERSION }), () => process.env.VERSION === "broken" && process.exit(3));
	response.writeHead(503).end("not yet");
});
admin.listen(0, "127.0.0.1", () => process.send({ adminPort: admin.address().port }));
console.log("2026-11-21 10:00:00.000 INFO  [-] hello from " + process.env.VERSION);
process.once("SIGTERM", () => process.exit(0));
`;

let folder: string;
let notebook: Notebook;
let logs: LogRecord[];
let supervisor: Supervisor;

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), "supervisor-test-"));
	mkdirSync(join(folder, "services"));
	writeFileSync(join(folder, "services", "web.mjs"), SERVICE);
	writeFileSync(join(folder, "services", "web.js"), 'import "./web.mjs";');
	notebook = createNotebook();
	logs = [];
	const { web } = await freePorts(["web"]);
	supervisor = createSupervisor([{ name: "web", port: web, env: {} }], notebook, (log) => logs.push(log), 50);
});
afterEach(async () => {
	await supervisor.stop();
	rmSync(folder, { recursive: true, force: true });
});

const reasons = (): string[] => notebook.events.map((event) => event.reason).filter((reason) => reason !== "Unhealthy");

it("replaces an instance by one of the next version", async () => {
	await supervisor.rollOut("web", folder, "first");
	await supervisor.rollOut("web", folder, "second");
	expect(await supervisor.scrape("web")).toEqual({ version: "second" });
	expect(reasons()).toEqual(["Started", "Started", "Killing"]);
	await vi.waitFor(() => expect(logs.map((log) => log.body.split(" from ")[1])).toEqual(["first", "second"]));
	expect(logs[0]?.pod).toMatch(/^web-first-[a-z0-9]{5}$/);
});

it("starts again what ended by itself, and says so", async () => {
	await supervisor.rollOut("web", folder, "broken");
	await supervisor.scrape("web");
	await vi.waitFor(() => expect(reasons()).toEqual(["Started", "BackOff", "Started"]), 10_000);
	expect(notebook.events.find((event) => event.reason === "BackOff")?.message).toContain("ended with 3");
});

it("counts a readiness probe that keeps failing as one event", async () => {
	await supervisor.rollOut("web", folder, "first");
	const unhealthy = () => notebook.events.filter((event) => event.reason === "Unhealthy");
	await vi.waitFor(() => expect(unhealthy()[0]?.count).toBeGreaterThan(2), 10_000);
	expect(unhealthy()).toHaveLength(1);
	expect(unhealthy()[0]).toMatchObject({ type: "Warning", message: "Readiness probe failed: HTTP 503: not yet" });
});

it("refuses a service that it does not know", async () => {
	await expect(supervisor.rollOut("mail", folder, "first")).rejects.toThrow(/no service mail/);
});
