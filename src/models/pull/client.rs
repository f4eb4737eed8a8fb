//! HTTP requests that follow redirects one by one, so that every answer's headers are seen and the
//! token goes to one host only.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use ureq::http::header::{self, HeaderMap};
use ureq::http::{Method, Request, Response, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::{Fault, Source};
use crate::job::CancelToken;

/// Redirects followed before giving up.
const MAX_REDIRECTS: usize = 10;

/// Silence after which a connection counts as cut.
const PATIENCE: Duration = Duration::from_secs(30);

/// How soon a wish to stop reaches a request that waits for the server.
const CANCEL_POLL: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    home: Option<Origin>,
    token: Option<String>,
}

/// Scheme, host and port: what a token is good for.
#[derive(Debug, PartialEq, Eq)]
struct Origin(String, String, u16);

impl Client {
    pub(super) fn new(source: &Source) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .https_only(source.endpoint.starts_with("https://"))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .user_agent(concat!("pecmae/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(PATIENCE))
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE))
            .build()
            .new_agent();
        Self { agent, home: Origin::of(&source.endpoint), token: source.token.clone() }
    }

    /// The last answer of the chain that starts at `url`: the first that is no redirect, or whose
    /// headers are `enough`. Asks for the bytes from `start` on where that is not 0.
    ///
    /// # Errors
    /// No answer, an error status, or a redirect that leads nowhere.
    pub(super) fn follow(
        &self,
        method: &Method,
        url: &str,
        start: u64,
        mut enough: impl FnMut(&HeaderMap) -> bool,
    ) -> Result<Response<Body>, Fault> {
        let mut at = url.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.send(method, &at, start)?;
            let stop = enough(answer.headers());
            let location = answer.headers().get(header::LOCATION).map(|value| value.to_str());
            match location {
                Some(Ok(location)) if answer.status().is_redirection() => {
                    if stop {
                        return Ok(answer);
                    }
                    let next = resolve(&at, location);
                    at = next.ok_or_else(|| Fault::Redirect { location: location.to_owned() })?;
                }
                _ if answer.status().is_success() => return Ok(answer),
                _ => return Err(Fault::Status { status: answer.status().as_u16() }),
            }
        }
        Err(Fault::Redirect { location: at })
    }

    /// Runs `work`; as soon as `cancel` is cancelled, its requests fail, even one that waits for the
    /// server, and so does every later one.
    pub(super) fn interruptible<T>(&self, cancel: &CancelToken, work: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            let (finished, watched) = mpsc::channel::<()>();
            let agent = self.agent.clone();
            scope.spawn(move || {
                while watched.recv_timeout(CANCEL_POLL) == Err(RecvTimeoutError::Timeout) {
                    if cancel.is_cancelled() {
                        return agent.shutdown();
                    }
                }
            });
            let result = work();
            drop(finished);
            result
        })
    }

    fn send(&self, method: &Method, url: &str, start: u64) -> Result<Response<Body>, Fault> {
        let origin = Origin::of(url);
        let mut request =
            Request::builder().method(method).uri(url).header(header::ACCEPT_ENCODING, "identity"); // sizes and ranges count the file's own bytes
        if start > 0 {
            request = request.header(header::RANGE, format!("bytes={start}-"));
        }
        if let Some(token) = self.token.as_ref().filter(|_| origin.is_some() && origin == self.home)
        {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(()).map_err(ureq::Error::from)?;
        let is_local = origin.as_ref().is_some_and(Origin::is_loopback);
        let answer = if is_local {
            // A proxy's loopback is not ours.
            self.agent.run(self.agent.configure_request(request).proxy(None).build())
        } else {
            self.agent.run(request)
        };
        Ok(answer?)
    }
}

impl Origin {
    fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let scheme = uri.scheme_str()?.to_owned();
        let port = uri.port_u16().or(match scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        })?;
        Some(Self(scheme, uri.host()?.to_ascii_lowercase(), port))
    }

    fn is_loopback(&self) -> bool {
        let host = self.1.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    }
}

/// The address that a `Location` found at `base` means.
fn resolve(base: &str, location: &str) -> Option<String> {
    let base: Uri = base.parse().ok()?;
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let absolute = if location.contains("://") {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else {
        let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    Origin::of(&absolute).is_some().then_some(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_relative_to_where_it_was_found() {
        let base = "https://hub.example/owner/name/file.bin?x=1";
        let cases = [
            ("https://cdn.example/a/b?sig=/c", "https://cdn.example/a/b?sig=/c"),
            ("//cdn.example/a", "https://cdn.example/a"),
            ("/moved/file.bin", "https://hub.example/moved/file.bin"),
            ("other.bin", "https://hub.example/owner/name/other.bin"),
        ];
        for (location, wanted) in cases {
            assert_eq!(resolve(base, location).as_deref(), Some(wanted));
        }
        assert_eq!(resolve(base, "ftp://cdn.example/a"), None);
        assert_eq!(resolve(base, "https://"), None);
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(Origin::of("https://Hub.example/a"), Origin::of("https://hub.example:443/b"));
        assert_ne!(Origin::of("https://hub.example"), Origin::of("http://hub.example"));
        assert_ne!(Origin::of("http://127.0.0.1:1"), Origin::of("http://127.0.0.1:2"));
        assert!(Origin::of("http://[::1]:8000/a").is_some_and(|origin| origin.is_loopback()));
        assert!(!Origin::of("http://127.example").is_some_and(|origin| origin.is_loopback()));
    }
}
