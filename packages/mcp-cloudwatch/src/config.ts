import { AppError } from "@faultline/contracts";
import { z } from "zod";

const list = z
	.string()
	.default("")
	.transform((text) =>
		text
			.split(",")
			.map((part) => part.trim())
			.filter((part) => part !== ""),
	);
const text = z
	.string()
	.optional()
	.transform((v) => (v === undefined || v.trim() === "" ? undefined : v.trim()));

const Environment = z.object({
	AWS_REGION: text,
	AWS_DEFAULT_REGION: text,
	AWS_ENDPOINT_URL: text.refine(
		(v) => v === undefined || (/^https?:\/\//.test(v) && URL.canParse(v)),
		"AWS_ENDPOINT_URL must be an http or https URL",
	),
	AWS_PROFILE: text,
	AWS_ACCESS_KEY_ID: text,
	AWS_SECRET_ACCESS_KEY: text,
	AWS_SESSION_TOKEN: text,
	FAULTLINE_CLOUDWATCH_LOG_GROUPS: list,
	FAULTLINE_CLOUDWATCH_NAMESPACES: list,
	FAULTLINE_CLOUDWATCH_ACCOUNTS: list,
	FAULTLINE_CLOUDWATCH_MAX_SCAN_GB: text
		.transform((v) => (v === undefined ? undefined : Number(v)))
		.refine((v) => v === undefined || v > 0, "FAULTLINE_CLOUDWATCH_MAX_SCAN_GB must be a number above 0"),
	FAULTLINE_CLOUDWATCH_QUOTA_SHARE: text
		.transform((v) => (v === undefined ? undefined : Number(v)))
		.refine((v) => v === undefined || (v > 0 && v <= 1), "FAULTLINE_CLOUDWATCH_QUOTA_SHARE must be above 0 and at most 1"),
});

export interface CloudWatchConfig {
	/** What a caller calls this account and region. */
	name: string;
	/** Taken on before anything is read. */
	roleArn: string | undefined;
	/** The most bytes that one Logs Insights query may scan; AWS bills them. */
	maxScanBytes: number;
	/** Undefined: as the AWS profile says. */
	region: string | undefined;
	/** An address other than AWS's own: an emulator or a private endpoint. */
	endpoint: string | undefined;
	profile: string | undefined;
	/** Undefined: the AWS SDK's own chain (profile, SSO, instance role...). */
	credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
	/** Names of log groups, or what their names begin with; empty means all. */
	logGroups: string[];
	/** Namespaces of metrics; empty means all. */
	namespaces: string[];
	/** The share of AWS's request quotas that may be used, in (0, 1]; undefined where there is no limit to keep to. */
	quotaShare: number | undefined;
}

/** What is left of the quotas is for the account's own dashboards and jobs. */
const DEFAULT_SHARE = 0.25;
/** About 0.10 USD a query. */
const DEFAULT_SCAN_GB = 20;
const ACCOUNT = /^([a-z][a-z0-9-]{0,30})=([a-z]{2}(?:-[a-z]+)+-\d)(?:@(\S+))?$/;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Reads the environment: the accounts that may be read, at least one. @throws AppError BAD_CONFIG with all that is wrong */
export function readConfig(env: Record<string, string | undefined>): CloudWatchConfig[] {
	const result = Environment.safeParse(env);
	const wrong = (result.data?.FAULTLINE_CLOUDWATCH_ACCOUNTS ?? []).filter((a) => !ACCOUNT.test(a));
	const problems = [
		...(result.error?.issues.map((issue) => issue.message) ?? []),
		...halfKeys(env),
		...wrong.map(
			(a) => `FAULTLINE_CLOUDWATCH_ACCOUNTS: "${a.slice(0, 80)}" is not name=region, name=region@profile or name=region@role-arn`,
		),
	];
	if (!result.success || problems.length > 0) {
		throw new AppError("BAD_CONFIG", problems.join("; "), {
			hint: "set AWS_REGION and, where no profile or role gives them, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
		});
	}
	const base = baseOf(result.data);
	const named = result.data.FAULTLINE_CLOUDWATCH_ACCOUNTS.map((text): CloudWatchConfig => {
		const [, name = "", region = "", via] = ACCOUNT.exec(text) ?? [];
		if (via === undefined) return { ...base, name, region };
		return via.startsWith("arn:")
			? { ...base, name, region, roleArn: via }
			: { ...base, name, region, profile: via, credentials: undefined };
	});
	return named.length === 0 ? [base] : named;
}

function baseOf(data: z.output<typeof Environment>): CloudWatchConfig {
	const endpoint = data.AWS_ENDPOINT_URL?.replace(/\/+$/, "");
	return {
		name: "default",
		roleArn: undefined,
		maxScanBytes: (data.FAULTLINE_CLOUDWATCH_MAX_SCAN_GB ?? DEFAULT_SCAN_GB) * 1e9,
		region: data.AWS_REGION ?? data.AWS_DEFAULT_REGION ?? (endpoint === undefined ? undefined : "us-east-1"),
		endpoint,
		profile: data.AWS_PROFILE,
		credentials: credentialsOf(data, endpoint),
		logGroups: data.FAULTLINE_CLOUDWATCH_LOG_GROUPS,
		namespaces: data.FAULTLINE_CLOUDWATCH_NAMESPACES,
		quotaShare: data.FAULTLINE_CLOUDWATCH_QUOTA_SHARE ?? (endpoint === undefined ? DEFAULT_SHARE : undefined),
	};
}

function halfKeys(env: Record<string, string | undefined>): string[] {
	const [id, secret] = [Boolean(env.AWS_ACCESS_KEY_ID?.trim()), Boolean(env.AWS_SECRET_ACCESS_KEY?.trim())];
	if (id === secret) return [];
	return [id ? "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not" : "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not"];
}

/** An emulator on this machine takes any key, so that none need be invented for it. */
function credentialsOf(data: z.output<typeof Environment>, endpoint: string | undefined): CloudWatchConfig["credentials"] {
	const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = data;
	if (accessKeyId !== undefined && secretAccessKey !== undefined)
		return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
	const local = endpoint !== undefined && LOOPBACK.test(new URL(endpoint).hostname);
	return local && data.AWS_PROFILE === undefined ? { accessKeyId: "local", secretAccessKey: "local" } : undefined;
}
