import { AppError } from "@faultline/contracts";
import type { ConfigAnswers } from "@faultline/orchestrator/config/compose-config";

export interface InitFlags {
	kubernetes?: boolean;
	kubeconfig?: string;
	kubernetesContext?: string;
	kubernetesNamespaces?: string;
	sentryOrg?: string;
	sentryUrl?: string;
	sentryProjects?: string;
	cloudwatch?: boolean;
	cloudwatchRegion?: string;
	cloudwatchEndpoint?: string;
	cloudwatchProfile?: string;
	grafanaUrl?: string;
}

const list = (text: string | undefined): string[] =>
	text
		?.split(",")
		.map((item) => item.trim())
		.filter(Boolean) ?? [];
const given = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
	value === undefined || value === "" ? {} : ({ [key]: value } as Record<K, string>);

/** The sources that the flags ask for. */
export function answersOf(f: InitFlags): ConfigAnswers {
	const answers: ConfigAnswers = {};
	if (f.kubernetes || f.kubeconfig || f.kubernetesContext || f.kubernetesNamespaces) {
		answers.kubernetes = {
			...given("kubeconfig", f.kubeconfig),
			...given("context", f.kubernetesContext),
			namespaces: list(f.kubernetesNamespaces),
		};
	}
	if (f.sentryOrg) answers.sentry = { organization: f.sentryOrg, ...given("url", f.sentryUrl), projects: list(f.sentryProjects) };
	else if (f.sentryUrl || f.sentryProjects)
		throw new AppError("BAD_INPUT", "Sentry needs --sentry-org", {
			hint: "the slug in your Sentry address, such as acme in acme.sentry.io",
		});
	if (f.cloudwatch || f.cloudwatchRegion || f.cloudwatchEndpoint || f.cloudwatchProfile) {
		answers.cloudwatch = {
			...given("region", f.cloudwatchRegion),
			...given("endpoint", f.cloudwatchEndpoint),
			...given("profile", f.cloudwatchProfile),
		};
	}
	if (f.grafanaUrl) answers.grafana = { url: f.grafanaUrl };
	return answers;
}

/** Asks at a terminal; what a flag already says is offered as it is. @throws CANCELLED on Ctrl-C */
export async function askAnswers(flags: InitFlags): Promise<ConfigAnswers> {
	const { cancel, intro, isCancel, multiselect, text } = await import("@clack/prompts");
	const settled = <T>(value: T): Exclude<T, symbol> => {
		if (!isCancel(value)) return value as Exclude<T, symbol>;
		cancel("nothing was written");
		throw new AppError("CANCELLED", "cancelled");
	};
	const ask = async (message: string, initialValue: string | undefined, placeholder: string, required = false) => {
		const missing = (value: string | undefined) => (required && !value?.trim() ? "this one is needed" : undefined);
		return settled(await text({ message, placeholder, ...(initialValue === undefined ? {} : { initialValue }), validate: missing })) ?? "";
	};
	intro("faultline init");
	const options = [
		{ value: "kubernetes", label: "Kubernetes" },
		{ value: "sentry", label: "Sentry" },
		{ value: "cloudwatch", label: "CloudWatch" },
		{ value: "grafana", label: "Grafana" },
	];
	const wanted = settled(
		await multiselect({ message: "Which sources do you have?", options, initialValues: Object.keys(answersOf(flags)), required: true }),
	) as string[];
	const filled: InitFlags = { ...flags };
	if (wanted.includes("kubernetes")) {
		filled.kubernetes = true;
		filled.kubernetesContext = await ask("Kubernetes context", flags.kubernetesContext, "empty: the current one");
		filled.kubernetesNamespaces = await ask("Kubernetes namespaces, comma separated", flags.kubernetesNamespaces, "empty: all");
	}
	if (wanted.includes("sentry")) {
		filled.sentryOrg = await ask("Sentry organization slug", flags.sentryOrg, "acme", true);
		filled.sentryUrl = await ask("Sentry address", flags.sentryUrl, "empty: https://sentry.io");
	}
	if (wanted.includes("cloudwatch")) {
		filled.cloudwatch = true;
		filled.cloudwatchRegion = await ask("AWS region", flags.cloudwatchRegion, "empty: from AWS_REGION or the profile");
		filled.cloudwatchProfile = await ask("AWS profile", flags.cloudwatchProfile, "empty: the default credentials");
	}
	if (wanted.includes("grafana")) filled.grafanaUrl = await ask("Grafana address", flags.grafanaUrl, "https://grafana.example.com", true);
	return answersOf(filled);
}
