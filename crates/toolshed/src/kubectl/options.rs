//! Flags that several commands share, in groups.

use crate::kubectl::flags::{Flag, Takes};

pub(crate) const FILES: &[Flag] = &[
    Flag::short('f', "filename", Takes::List, "Files or directories that hold the objects"),
    Flag::short('R', "recursive", Takes::Switch(false), "Also look into directories below"),
    Flag::short('k', "kustomize", Takes::Text(""), "A kustomization").refused(KUSTOMIZE),
];

/// The same of commands that read no kustomization.
pub(crate) const PLAIN_FILES: &[Flag] = &[
    Flag::short('f', "filename", Takes::List, "Files or directories that hold the objects"),
    Flag::short('R', "recursive", Takes::Switch(true), "Also look into directories below"),
];

const KUSTOMIZE: &str = "apply plain manifests with 'kubectl apply -f DIRECTORY'";
const TEMPLATE: &str = "use -o jsonpath=… or -o custom-columns=…";

pub(crate) const OUTPUT: &[Flag] = &[
    Flag::short('o', "output", Takes::Text(""), "The form of the output"),
    SHOWING[0],
    SHOWING[1],
    SHOWING[2],
];

/// How objects are shown, whatever the form.
pub(crate) const SHOWING: &[Flag] = &[
    Flag::new("show-managed-fields", Takes::Switch(false), "Keep managedFields in the output"),
    Flag::new("template", Takes::Text(""), "A Go template").refused(TEMPLATE),
    Flag::new(
        "allow-missing-template-keys",
        Takes::Switch(true),
        "Show nothing for what is missing",
    )
    .refused("what is missing in the object is shown as nothing"),
];

pub(crate) const SELECTOR: &[Flag] =
    &[Flag::short('l', "selector", Takes::Text(""), "Choose by labels")];

pub(crate) const FIELD_SELECTOR: &[Flag] =
    &[Flag::new("field-selector", Takes::Text(""), "Choose by fields")];

pub(crate) const EVERYWHERE: &[Flag] =
    &[Flag::short('A', "all-namespaces", Takes::Switch(false), "In every namespace")];

pub(crate) const ALL: &[Flag] =
    &[Flag::new("all", Takes::Switch(false), "Every object of the type in the namespace")];

pub(crate) const CHUNKS: &[Flag] =
    &[Flag::new("chunk-size", Takes::Number(500), "How many objects to ask for at once")];

pub(crate) const DRY_RUN: &[Flag] = &[Flag::new(
    "dry-run",
    Takes::Optional { bare: "unchanged", default: "none" },
    "none, server or client: whether anything is really done",
)];

pub(crate) const MANAGER: &[Flag] =
    &[Flag::new("field-manager", Takes::Text(""), "The name that owns the changed fields")];

pub(crate) const VALIDATE: &[Flag] = &[Flag::new(
    "validate",
    Takes::Optional { bare: "strict", default: "strict" },
    "strict, warn or ignore: what to do about unknown fields",
)];

pub(crate) const SAVE: &[Flag] =
    &[Flag::new("save-config", Takes::Switch(false), "Keep the object in its annotation")];

pub(crate) const SUBRESOURCE: &[Flag] =
    &[Flag::new("subresource", Takes::Text(""), "status, scale or another part of the object")];

/// The path to talk to instead of an object.
pub(crate) const RAW: Flag = Flag::new("raw", Takes::Text(""), "A path of the server's");

pub(crate) const GET: &[Flag] = &[
    RAW,
    Flag::short('w', "watch", Takes::Switch(false), "Go on showing changes"),
    Flag::new("watch-only", Takes::Switch(false), "Show changes only"),
    Flag::new("output-watch-events", Takes::Switch(false), "Show what kind of change it is"),
    Flag::new("ignore-not-found", Takes::Switch(false), "Say nothing of what does not exist"),
    Flag::new("server-print", Takes::Switch(true), "Let the server make the columns")
        .refused("choose your own columns with -o custom-columns=…"),
    Flag::new("no-headers", Takes::Switch(false), "Leave the headers out"),
    Flag::new("show-labels", Takes::Switch(false), "Add a column of labels"),
    Flag::short('L', "label-columns", Takes::List, "Labels to show as columns"),
    Flag::new("show-kind", Takes::Switch(false), "Put the kind before names"),
    Flag::new("sort-by", Takes::Text(""), "The field to sort by"),
];

/// What `--cascade` takes.
pub(crate) const BACKGROUND: Takes = Takes::Optional { bare: "background", default: "background" };

pub(crate) const DELETE: &[Flag] = &[
    Flag::new("grace-period", Takes::Number(-1), "Seconds to end gracefully"),
    Flag::new("now", Takes::Switch(false), "End within a second"),
    Flag::new("force", Takes::Switch(false), "Do not wait for the end"),
    Flag::new(
        "cascade",
        BACKGROUND,
        "background, foreground or orphan: what becomes of dependents",
    ),
    Flag::new("wait", Takes::Switch(true), "Return only when it is gone"),
    Flag::new("timeout", Takes::Duration("0s"), "How long to wait"),
    Flag::new("ignore-not-found", Takes::Switch(false), "Say nothing of what does not exist"),
    Flag::short('i', "interactive", Takes::Switch(false), "Ask first"),
    Flag::short('o', "output", Takes::Text(""), "name"),
    RAW,
];

pub(crate) const APPLY: &[Flag] = &[
    Flag::new("server-side", Takes::Switch(false), "Let the server merge"),
    Flag::new("force-conflicts", Takes::Switch(false), "Take fields over from their owners"),
    Flag::new("overwrite", Takes::Switch(true), "Let the file win over what others changed")
        .refused("look at what would change with 'kubectl diff' first"),
    Flag::new("openapi-patch", Takes::Switch(true), "Accepted; changes nothing"),
    Flag::new("prune", Takes::Switch(false), "Remove what is no longer there")
        .refused("use 'kubectl delete'"),
    Flag::new("prune-allowlist", Takes::Array, "What may be removed")
        .refused("it belongs to --prune"),
];

/// How `apply --force` and `replace --force` delete.
pub(crate) const FORCE: &[Flag] = &[
    Flag::new("force", Takes::Switch(false), "Delete and create where a change cannot do"),
    Flag::new("cascade", BACKGROUND, "background, foreground or orphan, with --force"),
    Flag::new("wait", Takes::Switch(false), "Accepted; --force always waits"),
    Flag::new("timeout", Takes::Duration("0s"), "How long --force waits"),
    Flag::new("grace-period", Takes::Number(-1), "Seconds to end gracefully, with --force"),
];

pub(crate) const LOCAL: &[Flag] =
    &[Flag::new("local", Takes::Switch(false), "Without the server").refused(DRY)];
const DRY: &str = "use --dry-run=server -o yaml to see what would come of it";

pub(crate) const WAIT: &[Flag] = &[
    Flag::new("for", Takes::Array, "condition=…, jsonpath=…, create or delete"),
    Flag::new("timeout", Takes::Duration("30s"), "How long to wait"),
    Flag::new("local", Takes::Switch(false), "Without the server")
        .refused("whether an object is as it should be is the server's to say"),
];
