import type { CloudWatchApi } from "./client.ts";
import type { CloudWatchConfig } from "./config.ts";

/** Names of the log groups that may be read, sorted: all of the account, or those that the configuration names or begins. */
export async function listLogGroups(api: CloudWatchApi, config: CloudWatchConfig, signal: AbortSignal): Promise<string[]> {
	const prefixes = config.logGroups.length === 0 ? [undefined] : config.logGroups;
	const names = new Set<string>();
	for (const prefix of prefixes) {
		let nextToken: string | undefined;
		do {
			const page = await api.describeLogGroups(
				{ ...(prefix === undefined ? {} : { logGroupNamePrefix: prefix }), ...(nextToken === undefined ? {} : { nextToken }) },
				signal,
			);
			for (const { logGroupName } of page.logGroups ?? []) if (logGroupName !== undefined) names.add(logGroupName);
			nextToken = page.nextToken ?? undefined;
		} while (nextToken !== undefined);
	}
	return [...names].sort();
}
