//! Who may come in, and how: without a token there is the menu and nothing else, a wrong token is
//! turned away, other people's web pages too; and what the address offers beside GraphQL.

use std::fs;

use anyhow::{Context, Result};
use harness::http::Response;
use harness::http::orders::{
    cancel_order_document, place_order_document, rate_order_document, rate_order_variables,
    set_tip_document, set_tip_variables,
};
use harness::websocket::SUBPROTOCOL;
use harness::{Client, Closed, WebSocket};
use serde_json::{Value, json};

use crate::changes::order_changes_document;
use crate::house::{FOR_EVER, House, PATIENCE, TIFFIN, list, text, texts};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Asks `{ __typename }` with these headers.
fn ask(client: &Client, headers: &[(&str, &str)]) -> Result<Response> {
    let headers: Vec<_> = headers.iter().copied().chain([JSON]).collect();
    client.post("/graphql", &headers, r#"{"query":"{ __typename }"}"#)
}

fn code(response: &Response) -> Result<String> {
    Ok(text(&response.json()?, "/errors/0/extensions/code").to_owned())
}

#[test]
fn without_a_token_there_is_the_menu_and_nothing_else() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let stranger = house.stranger();
    let head = house.head()?;
    let socket = WebSocket::connect(&house.backend.url(), None)?;
    let order = house.order(TIFFIN, 1)?;
    let cancel = json!({ "input": { "mutationId": order.mutation_id.to_string(), "orderId": order.order_id.to_string() } });
    for (document, variables) in [
        ("{ orders { cursor } }", Value::Null),
        ("{ events { nodes { id } } }", Value::Null),
        (
            "query($id: UUID!) { order(id: $id) { id } }",
            json!({ "id": order.order_id.to_string() }),
        ),
        (&place_order_document(), json!({ "input": order.input() })),
        (&cancel_order_document(), cancel),
        (&set_tip_document(), set_tip_variables(order.mutation_id, order.order_id, 1_00)),
        (&rate_order_document(), rate_order_variables(order.mutation_id, order.order_id, 5)),
    ] {
        let error = stranger.error(document, &variables)?;
        assert_eq!(error.code, "UNAUTHENTICATED", "{document}");
        assert!(error.message.contains("signIn"), "{}", error.message);
        assert_eq!(socket.error(document, &variables)?, error);
    }
    assert_eq!(socket.error(&order_changes_document(), &Value::Null)?.code, "UNAUTHENTICATED");
    assert_eq!(house.head()?, head);

    let open = "{ viewer { id } server { lab } restaurants { open } }";
    for data in [stranger.query(open, &Value::Null)?, socket.execute(open, &Value::Null)?] {
        assert_eq!((&data["viewer"], &data["server"]["lab"]), (&Value::Null, &json!(false)));
        assert!(list(&data, "/restaurants").iter().any(|it| it["open"] == false), "{data:#}");
    }
    Ok(())
}

#[test]
fn a_wrong_token_is_turned_away_with_401_and_4403() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (ada, ben) = (house.customer("Ada")?, house.customer("Ben")?);
    let (_, bens_secret) = ben.token.split_once('.').context("a token has two parts")?;
    let wrong = [
        "soup".to_owned(),
        format!("{}.{bens_secret}", ada.id),
        format!("{}x", ada.token),
        ada.id.to_string(),
        String::new(),
    ];
    for token in wrong {
        let authorization = format!("Bearer {token}");
        let response = ask(&house.stranger(), &[("authorization", &authorization)])?;
        assert_eq!(
            (response.status, code(&response)?.as_str()),
            (401, "UNAUTHENTICATED"),
            "{token}"
        );
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
        assert!(response.body.contains("sign in again") || token.is_empty(), "{}", response.body);

        let socket = WebSocket::open(&house.backend.url(), Some(SUBPROTOCOL))?;
        let payload = json!({ "authorization": authorization });
        socket.send_json(&json!({ "type": "connection_init", "payload": payload }))?;
        let Closed::Properly { code, reason } = socket.closed(PATIENCE)? else {
            anyhow::bail!("{token}: closed without a word")
        };
        assert_eq!(code, 4403, "{token}: {reason}");
    }
    let basic = ask(&house.stranger(), &[("authorization", "Basic QWRhOg==")])?;
    assert!(basic.status == 401 && basic.body.contains("Bearer TOKEN"), "{basic:?}");
    let operator = ask(&house.stranger(), &[("tiffin-operator", &ada.token)])?;
    assert_eq!(operator.status, 401, "this server has no operator");
    Ok(())
}

#[test]
fn a_token_is_shown_once_and_kept_nowhere() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    ada.place(&house.order(TIFFIN, 1)?)?;
    ada.follow(None)?;
    assert!(!json!(ada.log()?).to_string().contains(&ada.token));
    house.backend.stop()?;

    let (_, secret) = ada.token.split_once('.').context("a token has two parts")?;
    assert_eq!(secret.len(), 64, "256 bits");
    assert!(house.backend.log().contains("Ada signed in"), "{}", house.backend.log());
    assert!(!house.backend.log().contains(secret), "it is in the log");
    for file in fs::read_dir(house.backend.data_directory())? {
        let path = file?.path();
        let holds_it = fs::read(&path)?.windows(secret.len()).any(|it| it == secret.as_bytes());
        assert!(!holds_it, "it is in {}", path.display());
    }
    Ok(())
}

#[test]
fn a_link_can_ask_and_never_change_anything() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (stranger, head) = (house.stranger(), house.head()?);
    let asked = stranger.get("/graphql?query=%7Bserver%7Blab%7D%7D", &[])?;
    assert_eq!(
        (asked.status, asked.json()?),
        (200, json!({ "data": { "server": { "lab": false } } }))
    );

    let mutation = "/graphql?query=mutation%7BsignIn(name:%22Eve%22)%7Btoken%7D%7D";
    let refused = stranger.get(mutation, &[])?;
    assert_eq!((refused.status, refused.header("allow")), (405, Some("POST")));
    assert!(refused.body.contains("by POST only"), "{}", refused.body);
    assert_eq!(house.head()?, head);

    let subscription = "/graphql?query=subscription%7BorderChanges%7Bcursor%7D%7D";
    let refused = stranger.get(subscription, &[])?;
    assert!(refused.status == 400 && refused.body.contains("over WebSocket"), "{refused:?}");
    Ok(())
}

#[test]
fn a_body_too_large_or_of_another_kind_is_refused_and_the_server_goes_on() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let stranger = house.stranger();
    let large = json!({ "query": format!("{{ __typename }}#{}", "x".repeat(70_000)) }).to_string();
    let refused = stranger.post("/graphql", &[JSON], large.clone())?;
    assert_eq!((refused.status, code(&refused)?.as_str()), (413, "BAD_USER_INPUT"));
    assert!(refused.body.contains("65536 bytes"), "{}", refused.body);

    let socket = WebSocket::connect(&house.backend.url(), None)?;
    socket.send_text(&large)?;
    let closed = socket.closed(PATIENCE)?;
    assert!(matches!(closed, Closed::Properly { code: 1009, .. }), "{closed:?}");

    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(stranger.post("/graphql", &form, "query={__typename}")?.status, 415);
    for nonsense in ["", "soup", "[]", "7", r#"{"query":7}"#, r#"{"no":"query"}"#] {
        let refused = stranger.post("/graphql", &[JSON], nonsense)?;
        assert_eq!(
            (refused.status, code(&refused)?.as_str()),
            (400, "BAD_USER_INPUT"),
            "{nonsense}"
        );
    }
    assert_eq!(ask(&stranger, &[])?.status, 200);
    Ok(())
}

#[test]
fn a_page_of_another_server_may_not_speak_to_this_one() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let stranger = house.stranger();
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let refused = ask(&stranger, &[("origin", origin)])?;
        assert_eq!((refused.status, code(&refused)?.as_str()), (403, "FORBIDDEN"), "{origin}");
        let handshake = [
            ("origin", origin),
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", SUBPROTOCOL),
        ];
        assert_eq!(stranger.get("/graphql", &handshake)?.status, 403, "{origin}");
    }
    let own = house.backend.url();
    assert_eq!(ask(&stranger, &[("origin", &own)])?.status, 200);
    Ok(())
}

#[test]
fn a_browser_finds_a_page_the_schema_and_whether_all_is_well() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let stranger = house.stranger();
    let page = stranger.get("/", &[])?;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.body.contains("<title>") && page.body.contains("orderChanges"), "{}", page.body);
    let policy = page.header("content-security-policy").context("the page has a policy")?;
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));

    let schema = stranger.get("/schema.graphql", &[])?;
    assert_eq!(schema.status, 200);
    for part in ["type Query", "placeOrder(input: PlaceOrderInput!): OrderReceipt!", "orderChanges"]
    {
        assert!(schema.body.contains(part), "the schema lacks {part}");
    }
    for (path, body) in [("/healthz", "alive\n"), ("/readyz", "ready\n")] {
        let health = stranger.get(path, &[])?;
        assert_eq!((health.status, health.body.as_str()), (200, body));
    }
    assert_eq!(stranger.get("/soup", &[])?.status, 404);
    Ok(())
}

#[test]
fn introspection_tells_the_same_types_as_the_schema_text() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let stranger = house.stranger();
    let document = "{ __schema {
        queryType { name } mutationType { name } subscriptionType { name }
        types { name kind fields { name type { name kind ofType { name kind } } } }
    } }";
    let data = stranger.query(document, &Value::Null)?;
    let roots = ["query", "mutation", "subscription"]
        .map(|kind| text(&data, &format!("/__schema/{kind}Type/name")).to_owned());
    assert_eq!(roots, ["Query", "Mutation", "Subscription"]);

    let text_of_schema = stranger.get("/schema.graphql", &[])?.body;
    let types = texts(list(&data, "/__schema/types"), "/name");
    let own = types.iter().filter(|name| !name.starts_with("__"));
    let built_in = ["Boolean", "Float", "ID", "Int", "String"];
    let missing: Vec<_> = own
        .filter(|name| !built_in.contains(name))
        .filter(|name| {
            let declared = |kind: &&str| text_of_schema.contains(&format!("{kind} {name} "));
            !["type", "enum", "input"].iter().any(declared)
                && !text_of_schema.contains(&format!("scalar {name}"))
        })
        .collect();
    assert!(missing.is_empty() && types.len() > 20, "{missing:?} of {types:?}");
    Ok(())
}

#[test]
fn an_operation_before_the_greeting_and_an_unknown_protocol_end_the_connection() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let hasty = WebSocket::open(&house.backend.url(), Some(SUBPROTOCOL))?;
    hasty.subscribe("{ __typename }", &Value::Null)?;
    let closed = hasty.closed(PATIENCE)?;
    assert!(matches!(closed, Closed::Properly { code: 4401, .. }), "{closed:?}");

    let nameless = WebSocket::open(&house.backend.url(), None)?;
    let closed = nameless.closed(PATIENCE)?;
    assert!(matches!(closed, Closed::Properly { code: 4406, .. }), "{closed:?}");
    Ok(())
}
