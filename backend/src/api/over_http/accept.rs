//! Which of the two media types an HTTP answer has, and which bodies are read. Pure.
//! Step 3 of an order's way.
//!
//! They differ in more than their name. Under `application/json`, which any web server in between
//! may also answer, a well-formed request gets 200 even where its operation is wrong; under
//! `application/graphql-response+json` the status says so.

use axum::http::{HeaderMap, HeaderValue, header};

/// The media type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// What one gets who does not ask for anything better.
    Json,
    /// GraphQL's own.
    GraphqlResponse,
}

/// How well a media type is wanted: the weight first, then how precisely it is named, then the
/// place in the list.
type Preference = (u16, u8, std::cmp::Reverse<usize>);

impl MediaType {
    /// What the request's `Accept` likes best, or `None` where it takes neither.
    pub(super) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(header::ACCEPT).iter();
        let accept: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
        let accept = accept.join(",");
        if accept.trim().is_empty() {
            return Some(Self::Json);
        }
        let wanted = |media: Self| media.preference(&accept).map(|preference| (preference, media));
        // The last of equals wins, so that the plain one does for `*/*`.
        [Self::GraphqlResponse, Self::Json]
            .into_iter()
            .filter_map(wanted)
            .max_by_key(|(preference, _)| *preference)
            .map(|(_, media)| media)
    }

    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        })
    }

    fn essence(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::GraphqlResponse => "application/graphql-response+json",
        }
    }

    /// The most precise range that names this type decides; a weight of zero means "anything but
    /// this".
    fn preference(self, accept: &str) -> Option<Preference> {
        let ranges = accept.split(',').enumerate();
        let naming = ranges.filter_map(|(place, range)| {
            let mut parts = range.split(';').map(str::trim);
            let precision = match parts.next()?.to_ascii_lowercase().as_str() {
                essence if essence == self.essence() => 2,
                "application/*" => 1,
                "*/*" => 0,
                _ => return None,
            };
            let weight = weight(parts)?;
            Some((precision, std::cmp::Reverse(place), weight))
        });
        let (precision, place, weight) = naming.max()?;
        (weight > 0).then_some((weight, precision, place))
    }
}

/// The weight of a range in thousandths; `None` where its parameters ask for what we do not have.
fn weight<'a>(parameters: impl Iterator<Item = &'a str>) -> Option<u16> {
    let mut weight = 1000;
    for parameter in parameters {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => weight = thousandths(value.trim())?,
            "charset" if !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some(weight)
}

/// `0`, `1`, or either with up to three decimals, not above one.
fn thousandths(value: &str) -> Option<u16> {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let decimals = format!("{decimals:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}

/// Whether a body of this type can be read: JSON, in UTF-8. Only a page of this server can send
/// that without the browser asking us first, which is why nothing else is taken.
pub(super) fn is_json(content_type: Option<&HeaderValue>) -> bool {
    let Some(Ok(content_type)) = content_type.map(HeaderValue::to_str) else {
        return false;
    };
    let mut parts = content_type.split(';').map(str::trim);
    parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => is_utf8(value),
            Some(_) | None => true,
        })
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim().trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use super::MediaType::{GraphqlResponse, Json};
    use super::*;

    fn negotiate(accept: &[&'static str]) -> Option<MediaType> {
        let lines = accept.iter().map(|line| (header::ACCEPT, HeaderValue::from_static(line)));
        MediaType::negotiate(&lines.collect())
    }

    #[test]
    fn who_does_not_care_gets_plain_json() {
        for accept in [&[][..], &[""], &["*/*"], &["application/*"], &["text/html, */*;q=0.8"]] {
            assert_eq!(negotiate(accept), Some(Json), "{accept:?}");
        }
    }

    #[test]
    fn who_names_a_type_gets_it() {
        let named = "application/graphql-response+json";
        for accept in [
            named,
            "Application/GraphQL-Response+JSON; charset=UTF-8",
            "application/graphql-response+json;q=0.1",
        ] {
            assert_eq!(negotiate(&[accept]), Some(GraphqlResponse), "{accept}");
        }
        for accept in
            ["application/json", "APPLICATION/JSON;charset=\"utf-8\"", "application/json ; q=0.001"]
        {
            assert_eq!(negotiate(&[accept]), Some(Json), "{accept}");
        }
    }

    #[test]
    fn weight_decides_then_precision_then_place() {
        for (accept, best) in [
            ("application/graphql-response+json, application/json", GraphqlResponse),
            ("application/json, application/graphql-response+json", Json),
            ("application/json;q=0.9, application/graphql-response+json", GraphqlResponse),
            ("application/graphql-response+json;q=0.9, */*", Json),
            ("*/*, application/graphql-response+json", GraphqlResponse),
            ("application/json;q=0, */*", GraphqlResponse),
        ] {
            assert_eq!(negotiate(&[accept]), Some(best), "{accept}");
        }
        assert_eq!(
            negotiate(&["application/json;q=0.5", "application/graphql-response+json"]),
            Some(GraphqlResponse)
        );
    }

    #[test]
    fn who_takes_neither_gets_neither() {
        for accept in [
            "text/html",
            "text/*",
            "application/json;q=0",
            "*/*;q=0.0",
            "application/json; charset=latin1",
            "application/jsonp",
            "application/json;q=2",
            "application/json;q=0.+12",
        ] {
            assert_eq!(negotiate(&[accept]), None, "{accept}");
        }
    }

    #[test]
    fn only_json_in_utf8_is_read() {
        for taken in [
            "application/json",
            "Application/JSON;charset=UTF-8",
            "application/json; charset=\"utf-8\"; v=1",
        ] {
            assert!(is_json(Some(&HeaderValue::from_static(taken))), "{taken}");
        }
        for refused in [
            "text/plain",
            "application/json; charset=latin1",
            "application/jsonp",
            "",
            "application/graphql",
        ] {
            assert!(!is_json(Some(&HeaderValue::from_static(refused))), "{refused}");
        }
        assert!(!is_json(None));
    }
}
