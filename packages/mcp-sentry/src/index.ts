import type { Source } from "@faultline/mcp";
import { createSentryClient } from "./client.ts";
import { readConfig } from "./config.ts";
import { checkAccess } from "./tools/check-access.ts";
import { listChanges } from "./tools/list-changes.ts";
import { listErrors } from "./tools/list-errors.ts";
import { listSpans } from "./tools/list-spans.ts";

export const source: Source = {
	name: "sentry",
	title: "Sentry",
	instructions:
		"Reads a Sentry organization: errors with their exceptions (list_errors), spans of traces (list_spans), and releases, deploys and commits (list_changes). Every tool takes an absolute or relative window, answers one page at a time and says what it could not cover. Start with list_errors; a suspect file there and the files of a commit in list_changes point at each other. Read-only; users and requests are left out.",
	connect(env) {
		const client = createSentryClient(readConfig(env));
		const connection = { client };
		return {
			tools: [listErrors(connection), listSpans(connection), listChanges(connection), checkAccess(connection)],
			close: () => Promise.resolve(),
		};
	},
};
