import type { SourceConfigs, SourceName } from "./schema.ts";

type Env = Record<string, string | undefined>;

/** What any child needs of its parent's environment, and no more: no secret of another source. */
const EVERYONE = [
	"PATH",
	"HOME",
	"TMPDIR",
	"TZ",
	"LANG",
	"SystemRoot",
	"HTTP_PROXY",
	"HTTPS_PROXY",
	"NO_PROXY",
	"http_proxy",
	"https_proxy",
	"no_proxy",
	"NODE_EXTRA_CA_CERTS",
	"SSL_CERT_FILE",
];
const AWS = [
	"AWS_REGION",
	"AWS_DEFAULT_REGION",
	"AWS_PROFILE",
	"AWS_ACCESS_KEY_ID",
	"AWS_SECRET_ACCESS_KEY",
	"AWS_SESSION_TOKEN",
	"AWS_CONFIG_FILE",
	"AWS_SHARED_CREDENTIALS_FILE",
	"AWS_ROLE_ARN",
	"AWS_ROLE_SESSION_NAME",
	"AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	"AWS_EC2_METADATA_DISABLED",
	"AWS_CA_BUNDLE",
	"AWS_ENDPOINT_URL",
];
/** A kubeconfig's exec plugin (EKS: `aws eks get-token`) needs its cloud's own credentials. */
const KUBERNETES = [
	"KUBECONFIG",
	"KUBERNETES_SERVICE_HOST",
	"KUBERNETES_SERVICE_PORT",
	"GOOGLE_APPLICATION_CREDENTIALS",
	"CLOUDSDK_CONFIG",
	"USE_GKE_GCLOUD_AUTH_PLUGIN",
];

/** The environment of one source's MCP server: its settings from the configuration over the few inherited variables that it needs. */
export function sourceEnv<Name extends SourceName>(name: Name, config: NonNullable<SourceConfigs[Name]>, env: Env): Record<string, string> {
	const settings = SETTINGS[name](config as never);
	return clean({ ...pick(env, [...EVERYONE, ...INHERITED[name]]), ...config.env, ...clean(settings) });
}

const INHERITED: Record<SourceName, string[]> = { kubernetes: [...KUBERNETES, ...AWS], sentry: [], cloudwatch: AWS, grafana: [] };

const SETTINGS: { [Name in SourceName]: (config: NonNullable<SourceConfigs[Name]>) => Env } = {
	kubernetes: (c) => ({
		KUBECONFIG: c.kubeconfig,
		FAULTLINE_KUBERNETES_CONTEXT: c.context,
		FAULTLINE_KUBERNETES_NAMESPACES: c.namespaces.join(","),
	}),
	sentry: (c) => ({ SENTRY_URL: c.url, SENTRY_AUTH_TOKEN: c.token, SENTRY_ORG: c.organization, SENTRY_PROJECTS: c.projects.join(",") }),
	cloudwatch: (c) => ({
		AWS_REGION: c.region,
		AWS_ENDPOINT_URL: c.endpoint,
		AWS_PROFILE: c.profile,
		FAULTLINE_CLOUDWATCH_LOG_GROUPS: c.logGroups.join(","),
		FAULTLINE_CLOUDWATCH_NAMESPACES: c.namespaces.join(","),
	}),
	grafana: (c) => ({
		GRAFANA_URL: c.url,
		GRAFANA_SERVICE_ACCOUNT_TOKEN: c.token,
		FAULTLINE_GRAFANA_DATASOURCES: c.datasources.join(","),
		FAULTLINE_GRAFANA_QUERIES: c.queries.join(";"),
	}),
};

function pick(env: Env, names: readonly string[]): Env {
	return Object.fromEntries(names.map((name) => [name, env[name]]));
}

function clean(env: Env): Record<string, string> {
	return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""));
}
