//! Python names: the closed list that is understood and the names that run code.

use super::super::checkpoint::ElementType;

/// A name that the machine gives a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// A dictionary type.
    Dict,
    /// `torch.Size`: the tuple that it is called with.
    Size,
    /// `torch._utils._rebuild_tensor_v2` and its predecessor.
    Tensor,
    /// A wrapper whose first argument is the tensor.
    Parameter,
    /// A storage type.
    Storage(ElementType),
}

/// The meaning of a name, if it is on the closed list.
pub(super) fn known(module: &str, name: &str) -> Option<Known> {
    Some(match (module, name) {
        ("collections", "OrderedDict" | "defaultdict") => Known::Dict,
        ("torch", "Size") => Known::Size,
        ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Known::Tensor,
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
            Known::Parameter
        }
        ("torch" | "torch.cuda", storage) => Known::Storage(match storage {
            "FloatStorage" => ElementType::F32,
            "DoubleStorage" => ElementType::F64,
            "HalfStorage" => ElementType::F16,
            "BFloat16Storage" => ElementType::BF16,
            "LongStorage" => ElementType::I64,
            "IntStorage" => ElementType::I32,
            "ShortStorage" => ElementType::I16,
            "CharStorage" => ElementType::I8,
            "ByteStorage" => ElementType::U8,
            "BoolStorage" => ElementType::Bool,
            _ => return None,
        }),
        _ => return None,
    })
}

/// Modules whose names start programs, open files or sockets, load code or build it; submodules included.
const FORBIDDEN_MODULES: [&str; 53] = [
    "_ctypes",
    "_pickle",
    "_posixsubprocess",
    "_socket",
    "aiohttp",
    "antigravity",
    "asyncio",
    "bdb",
    "cPickle",
    "cProfile",
    "cloudpickle",
    "codeop",
    "ctypes",
    "dill",
    "distutils",
    "ensurepip",
    "fileinput",
    "ftplib",
    "http.client",
    "http.server",
    "httplib",
    "httpx",
    "importlib",
    "marshal",
    "multiprocessing",
    "nt",
    "numpy.testing",
    "os",
    "pdb",
    "pickle",
    "pip",
    "pkgutil",
    "popen2",
    "posix",
    "pty",
    "pydoc",
    "requests",
    "runpy",
    "setuptools",
    "shelve",
    "shutil",
    "smtplib",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "telnetlib",
    "timeit",
    "torch.hub",
    "venv",
    "webbrowser",
    "xmlrpc",
];

/// Names that run code, in modules that also hold harmless ones.
const FORBIDDEN_NAMES: [(&str, &str); 26] = [
    ("_io", "FileIO"),
    ("_io", "open"),
    ("_operator", "attrgetter"),
    ("_operator", "methodcaller"),
    ("code", "InteractiveConsole"),
    ("code", "InteractiveInterpreter"),
    ("code", "interact"),
    ("commands", "getoutput"),
    ("commands", "getstatusoutput"),
    ("imp", "load_module"),
    ("imp", "load_source"),
    ("io", "FileIO"),
    ("io", "open"),
    ("numpy.f2py.crackfortran", "myeval"),
    ("operator", "attrgetter"),
    ("operator", "methodcaller"),
    ("platform", "popen"),
    ("profile", "run"),
    ("profile", "runctx"),
    ("torch", "load"),
    ("torch.serialization", "load"),
    ("torch.utils.collect_env", "run"),
    ("types", "CodeType"),
    ("types", "FunctionType"),
    ("urllib", "urlopen"),
    ("urllib.request", "urlopen"),
];

const FORBIDDEN_BUILTINS: [&str; 14] = [
    "__import__",
    "apply",
    "breakpoint",
    "compile",
    "delattr",
    "eval",
    "exec",
    "execfile",
    "file",
    "globals",
    "input",
    "open",
    "reload",
    "setattr",
];

/// Whether the name runs code when called, so that no honest checkpoint holds it.
pub(super) fn is_forbidden(module: &str, name: &str) -> bool {
    // A dotted name walks attributes: `builtins` + `eval.__call__`, `logging` + `os.system`.
    let first = name.split('.').next().unwrap_or(name);
    if matches!(module, "builtins" | "__builtin__") && FORBIDDEN_BUILTINS.contains(&first) {
        return true;
    }
    let is_below = |parent: &str| {
        module.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let is_on_the_way = |parent| name.contains('.') && name.split('.').any(|part| part == parent);
    FORBIDDEN_NAMES.contains(&(module, first))
        || FORBIDDEN_MODULES.iter().any(|parent| is_below(parent) || is_on_the_way(*parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_run_code_are_forbidden_wherever_they_hide() {
        for (module, name) in [
            ("os", "system"),
            ("posix", "system"),
            ("builtins", "eval"),
            ("__builtin__", "exec"),
            ("builtins", "eval.__call__"),
            ("importlib.util", "module_from_spec"),
            ("logging", "os.system"),
            ("torch", "load"),
        ] {
            assert!(is_forbidden(module, name), "{module}.{name}");
        }
    }

    #[test]
    fn what_honest_checkpoints_mention_is_not_forbidden() {
        for (module, name) in [
            ("argparse", "Namespace"),
            ("builtins", "set"),
            ("builtins", "getattr"),
            ("codecs", "encode"),
            ("collections", "OrderedDict"),
            ("functools", "partial"),
            ("omegaconf.dictconfig", "DictConfig"),
            ("osgeo", "x"),
            ("pathlib", "PosixPath"),
            ("torch.optim.adamw", "AdamW"),
        ] {
            assert!(!is_forbidden(module, name), "{module}.{name}");
        }
    }
}
