use super::canned::Canned;
use super::*;

#[test]
fn a_query_carries_document_variables_and_token_and_gives_the_data() -> Result<()> {
    let server = Canned::start([(200, json!({ "data": { "sum": 3 } }))])?;
    let client = Client::new(&server.url).with_token("secret");
    let data = client.query("query($a: Int) { sum(a: $a) }", &json!({ "a": 1 }))?;
    assert_eq!(data, json!({ "sum": 3 }));

    let asked = server.asked()?;
    assert!(asked[0].head.starts_with("post /graphql http/1.1\r\n"));
    assert!(asked[0].head.contains("authorization: bearer secret\r\n"));
    assert!(asked[0].body.contains("query($a: Int) { sum(a: $a) }"));
    assert_eq!(asked[0].variable("/a"), 1);
    Ok(())
}

#[test]
fn a_query_with_errors_fails_and_shows_them_even_beside_data() -> Result<()> {
    let errors =
        json!([{ "message": "who are you?", "extensions": { "code": "UNAUTHENTICATED" } }]);
    let answer = json!({ "data": { "orders": null }, "errors": errors });
    let server = Canned::start([(200, answer)])?;
    let error = Client::new(&server.url)
        .query("{ orders { cursor } }", &Value::Null)
        .expect_err("there are errors");
    assert!(format!("{error:#}").contains("who are you?"), "{error:#}");
    assert!(format!("{error:#}").contains("UNAUTHENTICATED"), "{error:#}");
    Ok(())
}

#[test]
fn an_expected_error_gives_its_code_and_message_and_its_absence_is_an_error() -> Result<()> {
    let errors = json!([{ "message": "too much", "extensions": { "code": "BAD_USER_INPUT" } }]);
    let server = Canned::start([(400, json!({ "errors": errors })), (200, json!({ "data": {} }))])?;
    let client = Client::new(&server.url);
    let expected = GraphqlError { code: "BAD_USER_INPUT".into(), message: "too much".into() };
    assert_eq!(client.error("{ a }", &Value::Null)?, expected);
    assert!(client.error("{ a }", &Value::Null).is_err());
    Ok(())
}

#[test]
fn a_raw_post_sends_the_given_headers_and_bytes_and_nothing_that_would_help_them() -> Result<()> {
    let server = Canned::start([(415, json!({})), (405, json!({}))])?;
    let client = Client::new(&server.url).with_token("secret");
    let answer = client.post("/graphql", &[("x-mine", "1")], "not json")?;
    assert_eq!(answer.status, 415);
    assert_eq!(answer.header("x-seen"), Some("yes"));
    assert_eq!(client.get("/graphql?query=%7Ba%7D", &[])?.status, 405);

    let asked = server.asked()?;
    assert_eq!(asked[0].body, "not json");
    assert!(asked[0].head.contains("x-mine: 1\r\n"));
    for unwanted in ["accept:", "content-type:", "authorization:", "accept-encoding:"] {
        assert!(!asked[0].head.contains(unwanted), "{}", asked[0].head);
    }
    assert!(asked[1].head.starts_with("get /graphql?query=%7ba%7d "));
    Ok(())
}

#[test]
fn a_server_that_is_not_there_is_an_error_with_its_address() {
    let client = Client::new("http://127.0.0.1:1");
    let error = client.query("{ a }", &Value::Null).expect_err("nobody listens");
    assert!(format!("{error:#}").contains("127.0.0.1:1/graphql"));
}
