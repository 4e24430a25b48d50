//! Every command that there is, on one page.

use crate::kubectl::command::{Command, options};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{
    ALL, APPLY, CHUNKS, DELETE, DRY_RUN, EVERYWHERE, FIELD_SELECTOR, FILES, FORCE, GET, LOCAL,
    MANAGER, OUTPUT, PLAIN_FILES, RAW, SAVE, SELECTOR, SUBRESOURCE, VALIDATE, WAIT,
};
use crate::kubectl::{
    apply, auth, config_command, create, delete, describe, diff, edit, events, exec, explain, get,
    logs, mark, patch, replace, rollout, run, scale, server, set, wait,
};

/// The root of the tree.
pub(crate) const ROOT: Command = Command::group(
    "kubectl",
    "kubectl controls the Kubernetes cluster of this lab",
    &[
        Command::new(
            "create",
            "-f FILENAME",
            "Create a resource from a file or from stdin",
            &[create::FLAGS, FILES, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE, SELECTOR],
            create::run,
        )
        .with(create::GENERATORS),
        Command::new(
            "get",
            "[(-o|--output=)json|yaml|name|wide|jsonpath|custom-columns|…] (TYPE[.VERSION][.GROUP] \
             [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
            "Display one or many resources",
            &[GET, OUTPUT, FILES, SELECTOR, FIELD_SELECTOR, EVERYWHERE, CHUNKS, SUBRESOURCE],
            get::run,
        ),
        Command::new(
            "describe",
            "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
            "Show details of a specific resource or group of resources",
            &[describe::FLAGS, FILES, SELECTOR, EVERYWHERE, CHUNKS],
            describe::run,
        ),
        Command::new(
            "delete",
            "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
            "Delete resources by file names, stdin, resources and names, or by resources and \
             label selector",
            &[DELETE, FILES, SELECTOR, FIELD_SELECTOR, EVERYWHERE, ALL, DRY_RUN],
            delete::run,
        ),
        Command::new(
            "apply",
            "(-f FILENAME | -k DIRECTORY)",
            "Apply a configuration to a resource by file name or stdin",
            &[APPLY, FORCE, FILES, OUTPUT, SELECTOR, DRY_RUN, MANAGER, VALIDATE, ALL, SUBRESOURCE],
            apply::run,
        )
        .with(&[
            refused("edit-last-applied", "Edit the annotation of apply (not available here)"),
            refused("set-last-applied", "Set the annotation of apply (not available here)"),
            refused("view-last-applied", "View the annotation of apply (not available here)"),
        ]),
        Command::new(
            "wait",
            "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) \
             [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
            "Wait for a specific condition on one or many resources",
            &[WAIT, PLAIN_FILES, OUTPUT, SELECTOR, FIELD_SELECTOR, EVERYWHERE, ALL],
            wait::run,
        ),
        Command::new(
            "label",
            "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
            "Update the labels on a resource",
            mark::ALL_FLAGS,
            mark::label,
        ),
        Command::new(
            "annotate",
            "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
            "Update the annotations on a resource",
            mark::ALL_FLAGS,
            mark::annotate,
        ),
        Command::new(
            "scale",
            "--replicas=COUNT (-f FILENAME | TYPE NAME)",
            "Set a new size for a deployment, replica set, or replication controller",
            &[scale::FLAGS, OUTPUT, FILES, SELECTOR, ALL, DRY_RUN],
            scale::run,
        ),
        Command::new(
            "patch",
            "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
            "Update fields of a resource",
            &[patch::FLAGS, LOCAL, OUTPUT, FILES, SUBRESOURCE, DRY_RUN, MANAGER],
            patch::run,
        ),
        Command::group("rollout", "Manage the rollout of a resource", rollout::COMMANDS),
        Command::new(
            "logs",
            "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
            "Print the logs for a container in a pod",
            &[logs::FLAGS],
            logs::run,
        ),
        Command::new(
            "exec",
            "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
            "Execute a command in a container",
            &[exec::FLAGS],
            exec::run,
        ),
        Command::new(
            "events",
            "[(-o|--output=)json|yaml|name] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
            "List events",
            &[events::FLAGS, OUTPUT, EVERYWHERE, CHUNKS],
            events::run,
        ),
        Command::group("auth", "Inspect authorization", auth::COMMANDS),
        Command::new(
            "api-resources",
            "",
            "Print the supported API resources on the server",
            &[server::RESOURCES],
            server::api_resources,
        ),
        Command::new(
            "api-versions",
            "",
            "Print the supported API versions on the server, in the form of \"group/version\"",
            &[],
            server::api_versions,
        ),
        Command::new(
            "version",
            "",
            "Print the client and server version information",
            &[server::VERSIONS],
            server::version,
        ),
        Command::new("cluster-info", "", "Display cluster information", &[], server::cluster_info)
            .with(&[refused("dump", "Dump information of the cluster (not available here)")]),
        Command::group("config", "Modify kubeconfig files", config_command::COMMANDS),
        Command::group("top", "Display resource (CPU/memory) usage", TOP),
        Command::new(
            "edit",
            "(RESOURCE/NAME | -f FILENAME)",
            "Edit a resource on the server",
            &[edit::FLAGS, FILES, OUTPUT, SUBRESOURCE, MANAGER, VALIDATE],
            edit::run,
        ),
        Command::new(
            "explain",
            "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group]",
            "Describe fields and structure of various resources",
            &[explain::FLAGS],
            explain::run,
        ),
        Command::new(
            "diff",
            "-f FILENAME",
            "Diff the live version against a would-be applied version",
            &[diff::FLAGS, FILES, SELECTOR, MANAGER],
            diff::run,
        ),
        refused("port-forward", "Forward local ports to a pod (not available here)"),
        refused("cp", "Copy files to and from containers (not available here)"),
        refused("attach", "Attach to a running container (not available here)"),
        refused("debug", "Create debugging sessions (not available here)"),
        refused("proxy", "Run a proxy to the API server (not available here)"),
        refused("kustomize", "Build a kustomization (not available here)"),
        refused("autoscale", "Auto-scale a workload (not available here)"),
        refused("drain", "Drain node in preparation for maintenance (not available here)"),
        refused("cordon", "Mark node as unschedulable (not available here)"),
        refused("uncordon", "Mark node as schedulable (not available here)"),
        refused("taint", "Update the taints on nodes (not available here)"),
        refused("certificate", "Modify certificate resources (not available here)"),
        Command::new(
            "completion",
            "SHELL",
            "Output shell completion code for the specified shell (bash)",
            &[],
            server::completion,
        ),
        refused("kuberc", "Manage a file of preferences (not available here)"),
        refused("plugin", "Plugins (not available here)"),
        Command::group("set", "Set specific features on objects", set::COMMANDS),
        Command::new(
            "replace",
            "-f FILENAME",
            "Replace a resource by file name or stdin",
            &[FORCE, &[RAW], FILES, OUTPUT, SUBRESOURCE, DRY_RUN, MANAGER, VALIDATE, SAVE],
            replace::run,
        ),
        Command::new(
            "run",
            "NAME --image=image [--env=\"key=value\"] [--port=port] [-- ARGS...]",
            "Run a particular image on the cluster",
            &[run::RUN, run::DELETION, OUTPUT, DRY_RUN, MANAGER, SAVE],
            run::run,
        ),
        Command::new(
            "expose",
            "(-f FILENAME | TYPE NAME) [--port=port] [--target-port=number-or-name]",
            "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
            &[run::EXPOSE, FILES, OUTPUT, DRY_RUN, MANAGER, SAVE],
            run::expose,
        ),
        Command::new("options", "", "Print the flags that every command takes", &[], options),
    ],
);

const TOP: &[Command] = &[
    Command::new(
        "node",
        "[NAME]",
        "Display resource usage of nodes",
        &[TOP_FLAGS, TOP_NODE, SELECTOR],
        server::refuse,
    )
    .also(&["nodes", "no"]),
    Command::new(
        "pod",
        "[NAME]",
        "Display resource usage of pods",
        &[TOP_FLAGS, TOP_POD, SELECTOR, FIELD_SELECTOR, EVERYWHERE],
        server::refuse,
    )
    .also(&["pods", "po"]),
];

// The command says that there are no figures, whatever its flags.
const TOP_FLAGS: &[Flag] = &[
    Flag::new("no-headers", Takes::Switch(false), "Leave the headers out"),
    Flag::new("show-swap", Takes::Switch(false), "Also show swap"),
    Flag::new("sort-by", Takes::Text(""), "cpu or memory"),
    Flag::new("use-protocol-buffers", Takes::Switch(true), "Accepted; changes nothing"),
];
const TOP_NODE: &[Flag] =
    &[Flag::new("show-capacity", Takes::Switch(false), "Of the capacity, not the allocatable")];
const TOP_POD: &[Flag] = &[
    Flag::new("containers", Takes::Switch(false), "Each container by itself"),
    Flag::new("sum", Takes::Switch(false), "Also the sum"),
];

/// A command that is known and refused by name.
pub(crate) const fn refused(name: &'static str, about: &'static str) -> Command {
    Command::new(name, "", about, &[FILES, OUTPUT, SELECTOR], server::refuse).refused()
}

#[cfg(test)]
mod tests {
    use super::ROOT;
    use crate::kubectl::command::{GLOBAL, find, help};
    use crate::kubectl::flags::Flag;
    use crate::kubectl::server::refusal;

    /// Every command of the real kubectl with its flags; `tests/differential/flags.rs` keeps it true.
    const REAL: &str = include_str!("../../tests/golden/kubectl-flags.txt");

    /// Hidden in the real one's help, and the most typed of those.
    const HIDDEN: &str = "--record=false";

    /// The flag as the table has it; each command has a field manager's name of its own.
    fn shown(flag: &Flag) -> String {
        let short = flag.short.map_or_else(String::new, |short| format!("-{short}/"));
        format!("{short}--{}={}", flag.long, flag.takes.shown())
    }

    fn comparable(flag: &str) -> String {
        match flag.split_once("--field-manager=") {
            Some(_) => "--field-manager".to_owned(),
            None => flag.strip_suffix('=').map_or(flag.to_owned(), |bare| format!("{bare}=''")),
        }
    }

    #[test]
    fn every_flag_of_the_real_one_is_known_and_no_other() {
        let mut wrong = Vec::new();
        for line in REAL.lines() {
            let (path, flags): (Vec<&str>, Vec<&str>) =
                line.split(' ').partition(|word| !word.starts_with('-'));
            let words: Vec<String> =
                path.iter().filter(|word| **word != "kubectl").map(ToString::to_string).collect();
            let found = find(&ROOT, &words);
            if found.command.refused {
                continue;
            }
            if !found.words.is_empty() {
                wrong.push(format!("{path:?}: no such command"));
                continue;
            }
            let real: Vec<String> = flags.into_iter().map(comparable).collect();
            let known = if words.is_empty() { GLOBAL } else { &[] };
            let own = found.command.flags.iter().copied().flatten().chain(known);
            let ours: Vec<String> = own.map(|flag| comparable(&shown(flag))).collect();
            let missing = real.iter().filter(|flag| !ours.contains(flag));
            wrong.extend(missing.map(|flag| format!("{path:?}: {flag} is missing")));
            let more = ours.iter().filter(|flag| !real.contains(flag) && *flag != HIDDEN);
            wrong.extend(more.map(|flag| format!("{path:?}: {flag} is not the real one's")));
        }

        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_flag_that_is_not_available_is_marked_in_the_help() {
        let words = ["run".to_owned()];

        let text = help(&find(&ROOT, &words).command, "kubectl run");

        assert!(text.contains("    --rm=false:\n\tDelete afterwards (not available here)\n"));
    }

    #[test]
    fn what_is_not_available_is_refused_by_name_whatever_its_flags() {
        for line in ["create pdb p --min-available=1", "set sa deploy/x y", "autoscale d --max=3"] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();

            let found = find(&ROOT, &words);

            assert!(found.command.refused, "{line}");
            let words = refusal(&found.path).words();
            assert!(words.contains("is not available here: "), "{words}");
        }
    }
}
