//! Whoever looks after the server: what the operator's token opens, and what stays closed without.

use std::fs;

use anyhow::{Context, Result, ensure};
use harness::websocket::SUBPROTOCOL;
use harness::{Attempt, BackendOptions, Closed, Received, WebSocket, eventually};
use serde_json::{Value, json};

use crate::house::{FOR_EVER, House, PATIENCE, TIFFIN, list, text, texts};

mod deliveries;
mod books;
mod watching;

/// What only an operator may ask, each with variables that would do.
const QUERIES: [&str; 6] = [
    "{ deliveries { nodes { id } } }",
    "{ books { nodes { orderId } } }",
    "{ insights { cursor } }",
    "mutation { redeliver(deliveryId: \"00000000-0000-7000-8000-000000000001\") { id } }",
    "mutation { setPaused(function: \"kitchen\", paused: true) { name } }",
    "mutation { revokeTokens(customerId: \"00000000-0000-7000-8000-000000000001\") { id } }",
];
const SUBSCRIPTIONS: [&str; 3] = [
    "subscription { events { id } }",
    "subscription { insights { cursor } }",
    "subscription { deliveryChanges { id } }",
];
const EVENTS: &str = "query($orderId: UUID, $after: Cursor) {
    events(orderId: $orderId, after: $after, first: 200) {
        nodes { cursor type stream orderId } pageInfo { hasNextPage endCursor } } }";

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
    let options = BackendOptions { arguments, ..BackendOptions::default() };
    let house = House::open_talkative(options)?;
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

    let (stream, order) = ({ whole }.iter())
        .find_map(|it| Some((it["stream"].clone(), it["orderId"].as_str()?)))
        .context("somebody has ordered")?;
    let of_one = operator.query(EVENTS, &json!({ "orderId": order }))?;
    let streams = list(&of_one, "/events/nodes").iter().map(|it| &it["stream"]);
    let expected = whole.iter().map(|it| &it["stream"]).filter(|it| **it == stream);
    assert!(streams.eq(expected), "of one order, its own: {of_one:#}");

    // From the beginning, over a subscription: the same, one after the other.
    let socket = house.operator_socket(None)?;
    let beginning = format!("{}:0", text(&house.server()?, "/logId"));
    let document =
        "subscription($after: Cursor) { events(after: $after) { cursor type stream orderId } }";
    let beyond_the_end = format!("{}:9999", text(&house.server()?, "/logId"));
    for unknown in [format!("{}:0", ada.id), beyond_the_end] {
        let refused = socket.error(document, &json!({ "after": unknown }))?;
        assert_eq!(refused.code, "CURSOR_OF_ANOTHER_LOG", "{unknown}");
    }
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

#[test]
fn operators_who_ask_in_other_words_are_each_told_in_theirs_and_from_their_cursor() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let (beginning, head) = (format!("{}:0", text(&house.server()?, "/logId")), house.head()?);
    let history = house.operator()?.query(EVENTS, &Value::Null)?;
    let with_data = "subscription($after: Cursor, $long: Boolean!) {
        events(after: $after) { type data @include(if: $long) } }";
    let under_a_name = format!(r#"subscription {{ what: events(after: "{head}") {{ type }} }}"#);
    let (one, other) = (house.operator_socket(None)?, house.operator_socket(None)?);
    let long = one.subscribe(with_data, &json!({ "after": beginning, "long": true }))?;
    let short = one.subscribe(with_data, &json!({ "after": beginning, "long": false }))?;
    let late = other.subscribe(with_data, &json!({ "after": head, "long": true }))?;
    let named = other.subscribe(&under_a_name, &Value::Null)?;
    for expected in list(&history, "/events/nodes") {
        let (long, short) = (long.next(PATIENCE)?, short.next(PATIENCE)?);
        assert_eq!(short, json!({ "events": { "type": text(expected, "/type") } }));
        assert_eq!(text(&long, "/events/type"), text(expected, "/type"));
        assert!(long["events"]["data"].is_object());
    }
    ada.place(&house.order(TIFFIN, 1)?)?;
    let placed = long.next(PATIENCE)?;
    assert_eq!(text(&placed, "/events/type"), "OrderPlaced");
    assert_eq!(late.next(PATIENCE)?, placed, "in the same words the same is told");
    assert_eq!(short.next(PATIENCE)?, json!({ "events": { "type": "OrderPlaced" } }));
    assert_eq!(named.next(PATIENCE)?, json!({ "what": { "type": "OrderPlaced" } }));
    Ok(())
}

const SET_PAUSED: &str = "mutation($function: String!, $paused: Boolean!) {
    setPaused(function: $function, paused: $paused) { name paused pending lagMs } }";
const REVOKE: &str = "mutation($id: UUID!) { revokeTokens(customerId: $id) { id name } }";

#[test]
fn revoked_tokens_end_at_every_door_also_where_somebody_is_connected() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (ada, ben, operator) = (house.customer("Ada")?, house.customer("Ben")?, house.operator()?);
    let (hers, his) = (ada.web_socket()?, ben.web_socket()?);
    hers.subscribe(&crate::changes::order_changes_document(), &Value::Null)?;
    let revoked = operator.query(REVOKE, &json!({ "id": ada.id.to_string() }))?;
    assert_eq!(text(&revoked, "/revokeTokens/name"), "Ada");
    // What she is told meanwhile, marks among it, is no reason to wait for ever.
    let closed =
        eventually(PATIENCE, "the end of her connection", || match hers.receive(PATIENCE) {
            Ok(Received::Closed(closed)) => Attempt::Done(closed),
            other => Attempt::NotYet(format!("{other:?}")),
        })?;
    assert!(matches!(closed, Closed::Properly { code: 4403, .. }), "{closed:?}");
    assert_eq!(ada.client.raw("{ viewer { id } }", &Value::Null)?.0, 401);
    assert!(ada.web_socket().is_err());
    assert_eq!(his.execute("{ viewer { name } }", &Value::Null)?["viewer"]["name"], "Ben");
    let log = operator.query(EVENTS, &Value::Null)?;
    let last = list(&log, "/events/nodes").last().context("the log has events")?;
    assert_eq!(text(last, "/type"), "TokensRevoked");
    assert_eq!(text(last, "/stream"), format!("customer:{}", ada.id));
    // Again is no mistake, and adds nothing.
    let head = house.head()?;
    operator.query(REVOKE, &json!({ "id": ada.id.to_string() }))?;
    assert_eq!(house.head()?, head);
    Ok(())
}

#[test]
fn operators_watch_deliveries_and_insights_as_they_change_and_books_are_what_the_log_says()
-> Result<()> {
    let house = House::open(0.0)?;
    let (ada, operator) = (house.customer("Ada")?, house.operator()?);
    let socket = house.operator_socket(None)?;
    let changes = socket.subscribe(
        "subscription { deliveryChanges { id function status revision event { type } } }",
        &Value::Null,
    )?;
    let fields = "cursor revenueCents deliveryMsP50 byStatus { status orders }
        functions { name doneTotal pending }";
    let document = format!("subscription {{ insights {{ {fields} }} }}");
    let insights = socket.subscribe(&document, &Value::Null)?;
    let first = insights.next(PATIENCE)?;
    assert_eq!(text(&first, "/insights/revenueCents"), "0", "the insights of now come first");
    assert_eq!(first["insights"]["deliveryMsP50"], Value::Null);

    let order = house.order(TIFFIN, 2)?.with("tipCents", 300);
    ada.place(&order)?;
    ada.settled(order.order_id)?;
    let (mut last, mut revisions) = (Value::Null, Vec::new());
    while text(&last, "/status") != "DONE" || text(&last, "/function") != "settle-tip" {
        last = changes.next(PATIENCE)?["deliveryChanges"].take();
        if last["function"] == "validate-order" {
            revisions.push(last["revision"].as_i64().context("a revision")?);
        }
    }
    let each_is_newer = revisions.is_sorted_by(|one, next| one < next);
    assert!(revisions.len() >= 2 && each_is_newer, "{revisions:?}");
    let delivered = |insights: &Value| {
        list(insights, "/byStatus")
            .iter()
            .any(|it| it["status"] == "DELIVERED" && it["orders"] == 1)
    };
    // They come on and on, since the lag of whoever is paused grows.
    let seen = eventually(PATIENCE, "the insights of a delivered order", || {
        let seen = insights.next(PATIENCE)?["insights"].take();
        ensure!(delivered(&seen) && seen["revenueCents"] == "3200", "{seen:#}");
        Ok(seen)
    })?;
    assert!(seen["deliveryMsP50"].is_number());
    let validated = list(&seen, "/functions").iter().find(|it| it["name"] == "validate-order");
    assert_eq!(validated.context("it is listed")?["doneTotal"], 1);

    let books = "query($orderId: UUID) { books(orderId: $orderId) {
        nodes { orderId capturedCents refundedCents captures refunds requests }
        pageInfo { hasNextPage endCursor } } }";
    let page = operator.query(books, &json!({ "orderId": order.order_id.to_string() }))?;
    let book = json!({ "orderId": order.order_id.to_string(), "capturedCents": 3200,
        "refundedCents": 0, "captures": 2, "refunds": 0, "requests": 2 });
    assert_eq!(page["books"]["nodes"], json!([book]));
    assert_eq!(operator.query(books, &Value::Null)?["books"]["nodes"], json!([book]));
    Ok(())
}

#[test]
fn customers_are_told_of_their_money_and_of_the_way_once_whatever_is_killed() -> Result<()> {
    let options = BackendOptions { pace: 0.0, ..BackendOptions::default() };
    let mut house = House::open_talkative(options)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.settled(order.order_id)?;
    house.backend.kill()?;
    house.backend.restart(harness::Port::Same)?;
    let told = || -> Result<Vec<String>> {
        let events = ada.events(order.order_id)?;
        let messages = events.iter().filter(|it| it["type"] == "CustomerNotified");
        Ok(messages.map(|it| text(it, "/data/message").to_owned()).collect())
    };
    let messages = eventually(PATIENCE, "both messages", || match told() {
        Ok(messages) if messages.len() >= 2 => Attempt::Done(messages),
        other => Attempt::NotYet(format!("{other:?}")),
    })?;
    assert_eq!(messages[0], "Your payment of $14.50 is confirmed.");
    assert!(messages[1].ends_with("is on the way to you."), "{messages:?}");
    // Everybody who follows the log has caught up: whatever was to be said is said.
    let operator = house.operator()?;
    let behind = "{ insights { functions { name pending } } }";
    eventually(PATIENCE, "that all have caught up", || {
        let page = operator.query(behind, &Value::Null);
        match page.map(|page| list(&page, "/insights/functions").to_vec()) {
            Ok(all) if all.iter().all(|it| it["pending"] == 0) => Attempt::Done(()),
            other => Attempt::NotYet(format!("{other:?}")),
        }
    })?;
    assert_eq!(told()?, messages, "once");
    Ok(())
}
