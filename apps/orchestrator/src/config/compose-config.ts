import { stringify } from "yaml";

/** What `init` learns: a section per source that is wanted. Secrets are never among it: the file refers to the environment. */
export interface ConfigAnswers {
	kubernetes?: { kubeconfig?: string; context?: string; namespaces?: string[] };
	sentry?: { url?: string; organization: string; projects?: string[] };
	cloudwatch?: { region?: string; endpoint?: string; profile?: string };
	grafana?: { url: string };
}

const HEAD = `# Faultline's configuration. \${NAME} is replaced from the environment: keep secrets there, not here.
# \`faultline config check\` tells every problem; \`faultline doctor\` tests the connections.
`;

/** The text of a faultline.yaml. */
export function composeConfig(answers: ConfigAnswers): string {
	const { kubernetes, sentry, cloudwatch, grafana } = answers;
	const sources = {
		...(kubernetes === undefined ? {} : { kubernetes: filled(kubernetes) }),
		...(sentry === undefined ? {} : { sentry: filled({ ...sentry, token: variable("SENTRY_AUTH_TOKEN") }) }),
		...(cloudwatch === undefined ? {} : { cloudwatch: filled(cloudwatch) }),
		...(grafana === undefined ? {} : { grafana: filled({ ...grafana, token: variable("GRAFANA_SERVICE_ACCOUNT_TOKEN") }) }),
	};
	return `${HEAD}${stringify({ sources }, { lineWidth: 0 })}`;
}

/** The environment variables that the file refers to. */
export function neededVariables({ sentry, grafana }: ConfigAnswers): string[] {
	return [...(sentry === undefined ? [] : ["SENTRY_AUTH_TOKEN"]), ...(grafana === undefined ? [] : ["GRAFANA_SERVICE_ACCOUNT_TOKEN"])];
}

/** The block for claude_desktop_config.json. Its paths are absolute, and its variables named: Claude Desktop passes no environment on. */
export function claudeDesktopBlock(command: string, args: readonly string[], variables: readonly string[]): string {
	const env = Object.fromEntries(variables.map((name) => [name, `<your ${name}>`]));
	return JSON.stringify({ mcpServers: { faultline: { command, args, env } } }, null, 2);
}

function filled(section: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(section).filter(([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0)),
	);
}

/** A reference that is replaced from the environment when the file is read. */
const variable = (name: string): string => `\${${name}}`;
