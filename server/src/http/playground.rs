//! The playground: its files, embedded in release builds and read from the tree in others.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// What the browser may do on the page: run its own scripts and WebAssembly, and nothing of
/// others. Which pages may have it in a frame differs.
///
/// Workers may be made of texts (`blob:`) for the sake of the visitor's own code alone, which runs
/// in a worker of a frame without an origin (`web/src/code/sandbox.ts`): that frame lives under
/// this policy and a stricter one of its own, by which it reaches nothing. It opens no door to
/// scripts from elsewhere, since only a script of the page can make such a text, and what a worker
/// made of one may do is bound by the policy of its maker. The digest is that of the script which
/// stands in that frame's page (`web/src/code/sandbox/frame.js`), and lets no other text in.
macro_rules! policy {
    ($ancestors:literal) => {
        concat!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ",
            "'sha256-DzXUAZoiefJs44cMZ0ziqqTeDprRs3z+SCmd4tn8f28='; style-src 'self'; ",
            "img-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; ",
            "form-action 'none'; ",
            "frame-ancestors ",
            $ancestors
        )
    };
}

/// A page that frames another one can have its visitors click there without knowing, so nothing
/// that does something on this server may be in a frame of others.
const POLICY: &str = policy!("'self'");

/// The page at `/` with `embed` in its query may be in a frame of any page. It is the same for
/// everybody, and what it shows then is a lesson or a scenario, played by the browser itself: it
/// says nothing to the broker of this server, keeps nothing, and offers no way to the whole page
/// but in a window of its own. Every other path may be framed by this server alone.
const POLICY_EMBEDDED: &str = policy!("*");

/// What in the query asks for the page that may be in a frame.
const EMBED: &str = "embed";

/// Where the bundler puts files whose names change with their contents.
const HASHED: &str = "assets/";

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Playground;

/// The page at `/`; `None` if it is not built.
pub(super) fn page(query: Option<&str>, asked: &HeaderMap) -> Option<Response> {
    answer_page(query.unwrap_or_default(), asked, Playground::get)
}

fn answer_page(
    query: &str,
    asked: &HeaderMap,
    find: impl Fn(&str) -> Option<EmbeddedFile>,
) -> Option<Response> {
    let mut page = answer("/", asked, find)?;
    if is_embedded(query) {
        let policy = HeaderValue::from_static(POLICY_EMBEDDED);
        page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Some(page)
}

/// Whether the page is sure to see `embed` in the query. Written in another way, such as with
/// `%65`, it might see it too; then it may be in no frame, which harms nobody.
fn is_embedded(query: &str) -> bool {
    query.split('&').any(|part| part.split('=').next() == Some(EMBED))
}

/// A file of the playground; `None` if it has no such file, or is not built.
pub(super) fn file(path: &str, asked: &HeaderMap) -> Option<Response> {
    answer(path, asked, Playground::get)
}

fn answer(
    path: &str,
    asked: &HeaderMap,
    find: impl Fn(&str) -> Option<EmbeddedFile>,
) -> Option<Response> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = if path.is_empty() { "index.html" } else { path };
    let plain = find(path)?;
    let kind = header_value(plain.metadata.mimetype());
    // The build leaves a small twin beside each large file.
    let small = accepts_brotli(asked).then(|| find(&format!("{path}.br"))).flatten();
    let is_small = small.is_some();
    let file = small.unwrap_or(plain);
    let tag = entity_tag(&file.metadata.sha256_hash());
    let keep =
        if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::ETAG, header_value(&tag)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ] {
        headers.insert(name, value);
    }
    if has(asked, &header::IF_NONE_MATCH, &tag) {
        return Some((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    if is_small {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    let body = match file.data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    Some((headers, body).into_response())
}

fn accepts_brotli(asked: &HeaderMap) -> bool {
    let codings = asked.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings = codings.filter_map(|line| line.to_str().ok()).flat_map(|it| it.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
        name.trim().eq_ignore_ascii_case("br") && !weight.is_some_and(|it| it == Ok(0.0))
    })
}

fn entity_tag(hash: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    hash.iter().take(16).fold(String::from("\""), |mut tag, byte| {
        let _ = write!(tag, "{byte:02x}");
        tag
    }) + "\""
}

fn has(asked: &HeaderMap, name: &HeaderName, value: &str) -> bool {
    let lines = asked.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|it| it.trim().trim_start_matches("W/") == value)
}

/// What comes from the build is text of one line.
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use rust_embed::Metadata;

    use super::*;

    fn find(path: &str) -> Option<EmbeddedFile> {
        let (data, kind): (&[u8], _) = match path {
            "index.html" => (b"page", "text/html"),
            "sw.js" => (b"worker", "text/javascript"),
            "assets/a.js" => (b"script", "text/javascript"),
            "assets/a.js.br" => (b"small", "application/octet-stream"),
            _ => return None,
        };
        let mut hash = [0; 32];
        hash[..data.len()].copy_from_slice(data);
        let metadata = Metadata::__rust_embed_new(hash, None, None, kind);
        Some(EmbeddedFile { data: data.into(), metadata })
    }

    fn ask(path: &str, headers: &[(HeaderName, &'static str)]) -> Option<Response> {
        let headers = headers.iter().cloned();
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        answer(path, &headers.collect(), find)
    }

    fn header_of<'a>(response: &'a Response, name: &HeaderName) -> &'a str {
        response.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    #[test]
    fn the_root_is_the_page_and_is_asked_for_anew_each_time() {
        let page = ask("/", &[]).expect("it is there");
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(header_of(&page, &header::CONTENT_TYPE), "text/html");
        assert_eq!(header_of(&page, &header::CACHE_CONTROL), "no-cache");
        assert!(header_of(&page, &header::CONTENT_SECURITY_POLICY).contains("'none'"));
    }

    #[test]
    fn only_a_query_that_the_page_takes_for_embedding_lets_it_into_a_frame() {
        for query in ["embed", "embed&lesson=7", "lesson=7&embed", "embed=", "a=b&embed=1&c"] {
            assert!(is_embedded(query), "{query}");
        }
        for query in ["", "embedded", "lesson=embed", "EMBED", "%65mbed", "a;embed", "&", "=embed"]
        {
            assert!(!is_embedded(query), "{query}");
        }
    }

    #[test]
    fn any_page_may_frame_what_is_made_for_it_and_nothing_else() {
        let known = HeaderValue::from_static("\"70616765000000000000000000000000\"");
        let tag = [(header::IF_NONE_MATCH, known)];
        for headers in [HeaderMap::new(), tag.into_iter().collect()] {
            let policy = |query| {
                let page = answer_page(query, &headers, find).expect("it is there");
                header_of(&page, &header::CONTENT_SECURITY_POLICY).to_owned()
            };
            let (own, embedded) = (policy("lesson=7"), policy("embed&lesson=7"));
            let own = own.strip_suffix("frame-ancestors 'self'").expect("others may not");
            let embedded = embedded.strip_suffix("frame-ancestors *").expect("any page may");
            assert_eq!(own, embedded, "they differ in nothing else");
        }
        let file = ask("/assets/a.js", &[]).expect("it is there");
        let policy = header_of(&file, &header::CONTENT_SECURITY_POLICY);
        assert!(policy.ends_with("frame-ancestors 'self'"), "{policy}");
    }

    #[test]
    fn the_page_runs_its_own_scripts_and_of_texts_only_that_of_the_frame_for_code() {
        let page = ask("/", &[]).expect("it is there");
        let policy = header_of(&page, &header::CONTENT_SECURITY_POLICY);
        let scripts = policy.split("; ").find_map(|it| it.strip_prefix("script-src "));
        let scripts: Vec<_> = scripts.expect("it names scripts").split(' ').collect();
        let [own, module, text] = scripts[..] else { panic!("{scripts:?}") };
        assert_eq!([own, module], ["'self'", "'wasm-unsafe-eval'"]);
        // Which text it is, the tests of the page know, where the script is at hand.
        assert!(text.starts_with("'sha256-") && text.len() == 53, "{text}");
    }

    #[test]
    fn the_service_worker_is_asked_for_anew_each_time_and_may_run() {
        let worker = ask("/sw.js", &[]).expect("it is there");
        assert_eq!(header_of(&worker, &header::CONTENT_TYPE), "text/javascript");
        assert_eq!(header_of(&worker, &header::CACHE_CONTROL), "no-cache");
        let policy = header_of(&worker, &header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("worker-src 'self'"), "{policy}");
    }

    #[test]
    fn a_file_named_after_its_content_is_kept_and_sent_small_to_those_who_can_read_it() {
        let plain = ask("/assets/a.js", &[]).expect("it is there");
        assert!(header_of(&plain, &header::CACHE_CONTROL).contains("immutable"));
        assert_eq!(header_of(&plain, &header::CONTENT_ENCODING), "");
        let small = ask("/assets/a.js", &[(header::ACCEPT_ENCODING, "gzip, br;q=0.9")]);
        let small = small.expect("it is there");
        assert_eq!(header_of(&small, &header::CONTENT_ENCODING), "br");
        assert_eq!(header_of(&small, &header::CONTENT_TYPE), "text/javascript");
        assert_ne!(header_of(&small, &header::ETAG), header_of(&plain, &header::ETAG));
        let refused = ask("/assets/a.js", &[(header::ACCEPT_ENCODING, "br;q=0")]);
        assert_eq!(header_of(&refused.expect("it is there"), &header::CONTENT_ENCODING), "");
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let again = ask("/", &[(header::IF_NONE_MATCH, "\"70616765000000000000000000000000\"")]);
        assert_eq!(again.expect("it is there").status(), StatusCode::NOT_MODIFIED);
        let other = ask("/", &[(header::IF_NONE_MATCH, "\"00\"")]);
        assert_eq!(other.expect("it is there").status(), StatusCode::OK);
    }

    #[test]
    fn what_is_not_there_is_not_there() {
        assert!(ask("/nowhere", &[]).is_none());
        assert!(ask("/../Cargo.toml", &[]).is_none());
    }
}
