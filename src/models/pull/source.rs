//! Where published files come from: the hub's address, the token for it, its cache on this machine.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// The hub as the user's environment describes it, with the same variables as the hub's own tools.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// Address of the hub, without a final slash.
    pub endpoint: String,
    /// Sent to the host of `endpoint` and to no other.
    pub token: Option<String>,
    /// The hub's cache on this machine; it is read, never written.
    pub cache: Option<PathBuf>,
    /// Refuse to use the network.
    pub offline: bool,
    /// When to give up.
    pub retry: Retry,
}

/// How often to try, and how long to wait before the second attempt; each further wait is twice as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in a row that bring the download no further.
    pub attempts: u32,
    /// The first wait.
    pub first_wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, first_wait: Duration::from_secs(1) }
    }
}

impl Source {
    /// Reads `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`, `HF_HUB_CACHE`, `HF_HUB_OFFLINE` and `PECMAE_OFFLINE`.
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var_os(name), dirs::home_dir())
    }

    /// The same, with `variable` in place of the environment.
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<OsString>,
        user_home: Option<PathBuf>,
    ) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        let switched_on = |name: &str| text(name).is_some_and(|value| value != "0");

        // Like the hub's own tools, `~/.cache` is used on every platform.
        let hub_home = set("HF_HOME").map(PathBuf::from).or_else(|| {
            let caches = set("XDG_CACHE_HOME").map(PathBuf::from);
            Some(caches.or_else(|| Some(user_home?.join(".cache")))?.join("huggingface"))
        });
        let token_file = || fs::read_to_string(hub_home.as_ref()?.join("token")).ok();
        let token = text("HF_TOKEN").or_else(token_file).map(|token| token.trim().to_owned());
        let endpoint = text("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned());
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: token.filter(|token| !token.is_empty()),
            cache: set("HF_HUB_CACHE").map(PathBuf::from).or_else(|| Some(hub_home?.join("hub"))),
            offline: switched_on("PECMAE_OFFLINE") || switched_on("HF_HUB_OFFLINE"),
            retry: Retry::default(),
        }
    }
}

/// Without the token: a secret has no place in a log.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("endpoint", &self.endpoint)
            .field("token", &self.token.as_ref().map(|_| "(hidden)"))
            .field("cache", &self.cache)
            .field("offline", &self.offline)
            .field("retry", &self.retry)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(variables: &[(&str, &str)]) -> Source {
        let find = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        Source::from_variables(find, Some(PathBuf::from("/home/someone")))
    }

    #[test]
    fn without_variables_the_public_hub_and_its_usual_cache_are_used() {
        let source = source(&[]);
        assert_eq!(source.endpoint, "https://huggingface.co");
        let cache = source.cache.expect("a home folder is enough");
        assert_eq!(cache, PathBuf::from("/home/someone/.cache/huggingface/hub"));
        assert!(!source.offline);
    }

    #[test]
    fn the_variables_of_the_hub_are_honored() {
        let source = source(&[
            ("HF_ENDPOINT", "http://127.0.0.1:8000/"),
            ("HF_TOKEN", " secret\n"),
            ("HF_HOME", "/big/hf"),
            ("PECMAE_OFFLINE", "1"),
        ]);
        assert_eq!(source.endpoint, "http://127.0.0.1:8000");
        assert_eq!(source.token.as_deref(), Some("secret"));
        assert_eq!(source.cache, Some(PathBuf::from("/big/hf/hub")));
        assert!(source.offline);
        assert!(!format!("{source:?}").contains("secret"));
    }

    #[test]
    fn a_cache_of_its_own_wins_and_zero_means_online() {
        let source = source(&[
            ("HF_HOME", "/big/hf"),
            ("HF_HUB_CACHE", "/fast/hub"),
            ("PECMAE_OFFLINE", "0"),
            ("HF_HUB_OFFLINE", ""),
        ]);
        assert_eq!(source.cache, Some(PathBuf::from("/fast/hub")));
        assert!(!source.offline);
    }

    #[test]
    fn the_token_file_is_read_where_no_variable_gives_a_token() -> std::io::Result<()> {
        let home = tempfile::tempdir()?;
        fs::write(home.path().join("token"), "from-file\n")?;
        let home = home.path().to_str().expect("temporary folders have plain names");
        assert_eq!(source(&[("HF_HOME", home)]).token.as_deref(), Some("from-file"));
        let both = source(&[("HF_HOME", home), ("HF_TOKEN", "from-env")]);
        assert_eq!(both.token.as_deref(), Some("from-env"));
        Ok(())
    }
}
