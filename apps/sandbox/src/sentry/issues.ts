import { createHash } from "node:crypto";
import type { Signal } from "@faultline/contracts";
import type { Service, World } from "../world.ts";

/** Errors of one service with one message, its changing parts aside. */
export interface Issue {
	id: string;
	shortId: string;
	project: Project;
	title: string;
	level: string;
	/** Ascending by time. */
	events: SentryEvent[];
}

export interface SentryEvent {
	/** 32 hexadecimal digits. */
	eventId: string;
	signal: Signal;
	/** Milliseconds since the epoch. */
	time: number;
}

export interface Project {
	id: string;
	slug: string;
	name: string;
}

/** OpenTelemetry's SeverityNumber from which a log line is an error. */
const ERROR = 17;
const TITLE = 100;

/** One project per service. */
export function projectsOf(services: readonly Service[]): Project[] {
	return services.map((service, i) => ({ id: String(1000 + i), slug: service.slug, name: service.name }));
}

/** The capture's errors, and its logs of severity error and above, grouped as Sentry groups events. */
export function issuesOf(world: World, projects: readonly Project[]): Issue[] {
	const byName = new Map(projects.map((p) => [p.name, p]));
	const issues = new Map<string, Issue>();
	for (const signal of [...world.logs.filter((s) => s.severity >= ERROR), ...world.errors]) {
		const project = byName.get(signal.service ?? world.podOf(signal)?.service ?? signal.resource);
		if (!project) continue;
		const key = `${project.slug}\u0000${signal.fingerprint ?? normalised(signal.body)}`;
		let issue = issues.get(key);
		if (!issue) {
			const number = issues.size + 1;
			issue = {
				id: String(5_000_000 + number),
				shortId: `${project.slug.toUpperCase()}-${number.toString(36).toUpperCase()}`,
				project,
				title: titleOf(signal.body),
				level: signal.severity >= 21 ? "fatal" : "error",
				events: [],
			};
			issues.set(key, issue);
		}
		issue.events.push({ eventId: createHash("md5").update(signal.id).digest("hex"), signal, time: Date.parse(signal.time) });
	}
	for (const issue of issues.values()) issue.events.sort((a, b) => a.time - b.time);
	return [...issues.values()];
}

/** A message without its variable parts: quoted text, hexadecimal and decimal numbers. */
function normalised(body: string): string {
	return body
		.slice(0, 1000)
		.replace(/"[^"]*"|'[^']*'/g, "<text>")
		.replace(/\b(0x)?[0-9a-f]*\d[0-9a-f]*\b/gi, "<n>");
}

function titleOf(body: string): string {
	const line = body.split("\n")[0] ?? "";
	return line.length > TITLE ? `${line.slice(0, TITLE - 3)}...` : line || "<no message>";
}

/** How many occurrences these events stand for. */
export const occurrences = (events: readonly SentryEvent[]): number => events.reduce((sum, e) => sum + e.signal.count, 0);
