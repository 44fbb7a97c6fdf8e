import { AppError, type Window } from "@faultline/contracts";
import type { SentryClient } from "./client.ts";
import { Deploy, Issue, Release } from "./wire.ts";

/** Issues read of one window at most. */
const MOST = 1000;

/** The issues seen in a window, the latest first, each with its count in that window. */
export async function issuesSeen(
	client: SentryClient,
	window: Window,
	query: string,
	environment: string | undefined,
	signal: AbortSignal,
): Promise<{ issues: Issue[]; truncated: boolean }> {
	const scope = await client.scope(window, environment, signal);
	const { items, truncated } = await client.all(
		"issues/",
		Issue,
		{ ...scope, query, sort: "date", limit: 100, per_page: undefined },
		signal,
		MOST,
	);
	return { issues: items, truncated };
}

/** When a release was first deployed: its first deploy, else when it was published or made. "latest" is the newest release. */
export async function deployedAt(client: SentryClient, version: string, signal: AbortSignal): Promise<{ version: string; time: string }> {
	const project = await client.projectIds(signal);
	const release =
		version === "latest"
			? (await client.page("releases/", Release, { project, per_page: 1 }, signal)).items[0]
			: await client.one(`releases/${encodeURIComponent(version)}/`, Release, {}, signal);
	if (release === undefined) throw new AppError("NOT_FOUND", "there is no release", { hint: "give a time with `from` instead" });
	const { items } = await client.all(`releases/${encodeURIComponent(release.version)}/deploys/`, Deploy, {}, signal, 500);
	const times = items.map((d) => d.dateFinished ?? d.dateStarted).filter((t) => t !== undefined);
	const time = times.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? release.dateReleased ?? release.dateCreated;
	if (time === undefined)
		throw new AppError("NOT_FOUND", "this release does not say when it was made", { hint: "give a time with `from` instead" });
	return { version: release.version, time };
}
