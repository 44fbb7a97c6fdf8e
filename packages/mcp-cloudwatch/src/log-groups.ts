import { AppError } from "@faultline/contracts";
import type { CloudWatchApi } from "./client.ts";
import type { CloudWatchConfig } from "./config.ts";

export interface LogGroup {
	name: string;
	/** Undefined: for ever. */
	retentionDays: number | undefined;
	/** Compressed, all that is kept. */
	storedBytes: number;
	/** Milliseconds since the epoch. */
	createdAt: number;
}

const DAY_MS = 86_400_000;

/** The log groups that may be read, by name: all of the account, or those that the configuration names or begins. */
export async function listLogGroups(api: CloudWatchApi, config: CloudWatchConfig, signal: AbortSignal): Promise<LogGroup[]> {
	const prefixes = config.logGroups.length === 0 ? [undefined] : config.logGroups;
	const groups = new Map<string, LogGroup>();
	for (const prefix of prefixes) {
		let nextToken: string | undefined;
		do {
			const page = await api.describeLogGroups(
				{ ...(prefix === undefined ? {} : { logGroupNamePrefix: prefix }), ...(nextToken === undefined ? {} : { nextToken }) },
				signal,
			);
			for (const { logGroupName: name, retentionInDays, storedBytes = 0, creationTime = 0 } of page.logGroups ?? [])
				if (name !== undefined) groups.set(name, { name, retentionDays: retentionInDays, storedBytes, createdAt: creationTime });
			nextToken = page.nextToken ?? undefined;
		} while (nextToken !== undefined);
	}
	return [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of the allowed groups those that a caller names, or begins to name. @throws AppError BAD_INPUT where that is none, naming some that are */
export function narrow(all: readonly LogGroup[], wanted: readonly string[] | undefined): LogGroup[] {
	if (wanted === undefined) return [...all];
	return all.filter(({ name }) => wanted.some((w) => name.startsWith(w)));
}

/** Since when the groups keep what was written, where one of them keeps less than the window asks for; ISO 8601. */
export function oldestKept(
	groups: readonly LogGroup[],
	from: number,
	now: number,
): { oldestAvailable: string | undefined; short: string[] } {
	const short = groups.filter((g) => g.retentionDays !== undefined && now - g.retentionDays * DAY_MS > from);
	const days = Math.min(...short.map((g) => g.retentionDays ?? 0));
	return {
		oldestAvailable: short.length === 0 ? undefined : new Date(now - days * DAY_MS).toISOString(),
		short: short.map((g) => `log group ${g.name} keeps ${g.retentionDays} days`),
	};
}

/** Bytes that a Logs Insights query over a window will scan, about: what is stored, spread evenly over the time that it is kept for. */
export function estimateScan(groups: readonly LogGroup[], from: number, to: number, now: number): number {
	return groups.reduce((sum, g) => {
		const kept = Math.min(Math.max(now - g.createdAt, DAY_MS), (g.retentionDays ?? Number.POSITIVE_INFINITY) * DAY_MS);
		return sum + g.storedBytes * Math.min(1, (to - from) / kept);
	}, 0);
}

/** USD for each GB that Logs Insights scans (AWS, us-east-1, 2026). */
const USD_PER_GB = 0.005;
export const scanCost = (bytes: number): number => Number(((bytes / 1e9) * USD_PER_GB).toPrecision(3));

/** @throws AppError BAD_INPUT where a query would scan more than is allowed */
export function refuseCostly(bytes: number, config: CloudWatchConfig): void {
	if (bytes <= config.maxScanBytes) return;
	const gb = (n: number) => `${Number((n / 1e9).toPrecision(3))} GB`;
	throw new AppError(
		"BAD_INPUT",
		`the query would scan about ${gb(bytes)} (${scanCost(bytes)} USD); at most ${gb(config.maxScanBytes)} are allowed`,
		{
			hint: "narrow groups or the window, or raise FAULTLINE_CLOUDWATCH_MAX_SCAN_GB",
		},
	);
}
