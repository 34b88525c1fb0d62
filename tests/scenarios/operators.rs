//! Whoever looks after the server: what the operator's token opens, and what stays closed without.

use std::fs;

use anyhow::{Context, Result};
use harness::websocket::SUBPROTOCOL;
use harness::{BackendOptions, Closed, WebSocket};
use serde_json::{Value, json};

use crate::house::{FOR_EVER, House, PATIENCE, TIFFIN, list, text, texts};

/// What only an operator may ask, each with variables that would do.
const QUERIES: [&str; 0] = [];
const SUBSCRIPTIONS: [&str; 1] = ["subscription { events { id } }"];
const EVENTS: &str = "query($after: Cursor) { events(after: $after, first: 200) {
    nodes { cursor type stream } pageInfo { hasNextPage endCursor } } }";

#[test]
fn the_token_file_is_made_for_its_owner_alone_and_the_lock_file_names_it() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let token = house.operator_token()?;
    assert_eq!(token.len(), 64);
    let lock = fs::read_to_string(house.backend.data_directory().join("tiffin.db.lock"))?;
    let file = lock.lines().nth(2).and_then(|line| line.strip_prefix("operator-token "));
    let file = file.context("the lock file names it")?;
    assert_eq!(fs::read_to_string(file)?.trim(), token);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(file)?.permissions().mode() & 0o777, 0o600);
    }
    house.backend.stop()?;
    house.backend.restart(harness::Port::Same)?;
    assert_eq!(house.operator_token()?, token, "it stays the same");
    Ok(())
}

#[test]
fn a_token_file_of_ones_own_is_used_and_one_without_a_token_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("token");
    fs::write(&file, "0123456789abcdef0123456789abcdef\n")?;
    let arguments = vec!["--operator-token-file".into(), file.clone().into()];
    let house = House::open_with(BackendOptions { arguments, ..BackendOptions::default() })?;
    let operator = house.stranger().with_token("0123456789abcdef0123456789abcdef");
    operator.query(EVENTS, &Value::Null)?;
    assert!(!house.backend.data_directory().join("tiffin.db.operator-token").exists());
    Ok(())
}

#[test]
fn what_is_the_operators_is_forbidden_to_everybody_else() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let sockets = [WebSocket::connect(&house.backend.url(), None)?, ada.web_socket()?];
    for document in QUERIES {
        for client in [&house.stranger(), &ada.client] {
            assert_eq!(client.error(document, &Value::Null)?.code, "FORBIDDEN", "{document}");
        }
    }
    for document in QUERIES.iter().chain(&SUBSCRIPTIONS) {
        for socket in &sockets {
            let error = socket.error(document, &Value::Null)?;
            assert_eq!(error.code, "FORBIDDEN", "{document}");
            assert!(error.message.contains("operator-token"), "{}", error.message);
        }
    }
    Ok(())
}

#[test]
fn a_wrong_operators_token_is_turned_away_by_either_door() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (ada, token) = (house.customer("Ada")?, house.operator_token()?);
    let authorization = format!("Bearer {}", ada.token);
    for wrong in ["soup", "", token.get(1..).context("it is long")?, &ada.token] {
        let headers = [
            ("content-type", "application/json"),
            ("authorization", &authorization),
            ("tiffin-operator", wrong),
        ];
        let refused =
            house.stranger().post("/graphql", &headers, r#"{"query":"{ __typename }"}"#)?;
        assert_eq!(refused.status, 401, "{wrong}: {}", refused.body);
        let socket = WebSocket::open(&house.backend.url(), Some(SUBPROTOCOL))?;
        let payload = json!({ "authorization": authorization, "operator": wrong });
        socket.send_json(&json!({ "type": "connection_init", "payload": payload }))?;
        let closed = socket.closed(PATIENCE)?;
        assert!(matches!(closed, Closed::Properly { code: 4403, .. }), "{closed:?}");
    }
    Ok(())
}

#[test]
fn an_operator_sees_the_whole_log_and_a_customer_who_is_one_too_their_own() -> Result<()> {
    let house = House::open(0.0)?;
    let (ada, ben) = (house.customer("Ada")?, house.customer("Ben")?);
    for (customer, dish) in [(&ada, TIFFIN), (&ben, "Garlic Naan")] {
        let order = house.order(dish, 1)?;
        customer.place(&order)?;
        customer.settled(order.order_id)?;
    }
    let operator = house.operator()?;
    let page = operator.query(EVENTS, &Value::Null)?;
    let cursors = texts(list(&page, "/events/nodes"), "/cursor");
    assert_eq!(cursors.last().copied(), Some(house.head()?.as_str()), "to the log's end");
    let whole = list(&page, "/events/nodes");
    let types = texts(whole, "/type");
    assert!(types.contains(&"CustomerSignedIn") && types.len() >= 20, "{types:?}");
    assert_eq!(operator.query("{ viewer { id } }", &Value::Null)?["viewer"], Value::Null);
    assert_eq!(operator.error("{ orders { cursor } }", &Value::Null)?.code, "UNAUTHENTICATED");

    // From the beginning, over a subscription: the same, one after the other.
    let socket = house.operator_socket(None)?;
    let beginning = format!("{}:0", text(&house.server()?, "/logId"));
    let document = "subscription($after: Cursor) { events(after: $after) { cursor type stream } }";
    let events = socket.subscribe(document, &json!({ "after": beginning }))?;
    for expected in whole {
        assert_eq!(&events.next(PATIENCE)?["events"], expected);
    }
    // Live goes on where history ended.
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    assert_eq!(text(&events.next(PATIENCE)?, "/events/type"), "OrderPlaced");

    let both = house.operator_socket(Some(&ada.token))?;
    let own = both.execute(EVENTS, &Value::Null)?;
    let streams = texts(list(&own, "/events/nodes"), "/stream");
    let bens = ben.log()?;
    assert!(!bens.is_empty() && streams.iter().all(|it| *it != text(&bens[0], "/stream")));
    Ok(())
}
