//! Input that is malformed or out of bounds: `BAD_USER_INPUT` over either transport, with a
//! sentence that says what would be right, and nothing changed. What lies exactly on a bound is good.

use anyhow::Result;
use harness::PlaceOrder;
use harness::http::orders::{
    cancel_order_document, fresh_id, place_order_document, rate_order_document,
    rate_order_variables, set_tip_document, set_tip_variables,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{Customer, FOR_EVER, House, TIFFIN, list, text};

/// Over HTTP and over WebSocket: this code, and a message that says so.
fn assert_bad(customer: &Customer, document: &str, variables: &Value, says: &str) -> Result<()> {
    let error = customer.client.error(document, variables)?;
    assert_eq!(error.code, "BAD_USER_INPUT", "{variables}: {}", error.message);
    assert!(error.message.contains(says), "{variables}: {:?} lacks {says:?}", error.message);
    let over_web_socket = customer.web_socket()?.error(document, variables)?;
    assert_eq!(over_web_socket, error, "both doors say the same");
    Ok(())
}

/// The input of a good order with one field as it should not be.
fn spoilt(order: &PlaceOrder, field: &str, value: Value) -> Value {
    let mut input = order.input();
    input[field] = value;
    json!({ "input": input })
}

fn lines(lines: &[(Uuid, i64)]) -> Value {
    let line = |(id, quantity): &(Uuid, i64)| json!({ "menuItemId": id.to_string(), "quantity": quantity });
    lines.iter().map(line).collect()
}

#[test]
fn an_order_beyond_a_bound_is_told_the_bound_and_nothing_happens() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let head = house.head()?;
    let order = house.order(TIFFIN, 1)?;
    let dish = house.menu.dishes_beside(TIFFIN)[0];
    let too_many: Vec<_> = (0..21).map(|_| (fresh_id(), 1)).collect();
    for (field, value, says) in [
        ("lines", lines(&[]), "at least one dish"),
        ("lines", lines(&too_many), "at most 20 different dishes, not 21"),
        ("lines", lines(&[(dish, 1), (dish, 2)]), "put the portions on one line"),
        ("lines", lines(&[(dish, 0)]), "from 1 to 20, not 0"),
        ("lines", lines(&[(dish, 21)]), "from 1 to 20, not 21"),
        ("lines", lines(&[(dish, -1)]), "from 1 to 20, not -1"),
        (
            "tipCents",
            json!(-1),
            "tipCents: a tip is from $0.00 to $100.00, so from 0 to 10000 cents, not -1",
        ),
        ("tipCents", json!(100_01), "from 0 to 10000 cents, not 10001"),
        ("expectedSubtotalCents", json!(-1), "expectedSubtotalCents: -1 cents is not an amount"),
        ("note", json!("é".repeat(281)), "`note` is at most 280 characters long, not 281"),
        ("deliverTo", json!("x".repeat(281)), "`deliverTo` is at most 280 characters"),
        ("note", json!("red\u{1b}[31m"), "without control characters"),
        ("deliverTo", json!("Elm Street\n13"), "without control characters"),
    ] {
        assert_bad(&ada, &place_order_document(), &spoilt(&order, field, value), says)?;
    }
    assert_eq!(house.head()?, head);
    assert!(ada.client.order(order.order_id)?.is_null());
    Ok(())
}

#[test]
fn what_lies_on_a_bound_is_good() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let dishes = house.menu.dishes_beside(TIFFIN);
    let order = house.order(TIFFIN, 20)?.with("tipCents", 100_00);
    let order = order.with("note", "é".repeat(280)).with("deliverTo", "x".repeat(280));
    let receipt = ada.place(&order)?;
    assert_eq!(text(&receipt, "/order/note").chars().count(), 280);

    let mut every_dish = house.order(TIFFIN, 1)?;
    every_dish.lines = dishes.iter().map(|dish| (*dish, 1)).collect();
    let receipt = ada.place(&every_dish)?;
    assert_eq!(list(&receipt, "/order/lines").len(), dishes.len());
    Ok(())
}

#[test]
fn an_input_of_the_wrong_shape_is_told_which_part_is_wrong() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let head = house.head()?;
    let order = house.order(TIFFIN, 1)?;
    let place = place_order_document();
    for (field, value, says) in [
        ("mutationId", json!("soup"), "`soup` is not a UUID in lower case with hyphens"),
        ("mutationId", json!(fresh_id().to_string().to_uppercase()), "in lower case"),
        ("orderId", json!(fresh_id().simple().to_string()), "with hyphens"),
        ("orderId", json!(7), "expected a string, not 7"),
        ("restaurantId", Value::Null, "restaurantId"),
        ("lines", json!("soup"), "OrderLineInput"),
        ("lines", json!([{ "menuItemId": fresh_id().to_string() }]), "quantity"),
        ("lines", json!([{ "menuItemId": fresh_id().to_string(), "quantity": 1.5 }]), "quantity"),
        ("tipCents", json!(3_000_000_000_i64), "Only integers from -2147483648"),
        ("tipCents", json!("2.00"), "tipCents"),
        ("placedAt", json!("yesterday"), "`yesterday` is not a timestamp like"),
        ("discount", json!(100), "discount"),
    ] {
        assert_bad(&ada, &place, &spoilt(&order, field, value), says)?;
    }
    let mut incomplete = order.input();
    incomplete.as_object_mut().map(|input| input.remove("orderId"));
    assert_bad(&ada, &place, &json!({ "input": incomplete }), "orderId")?;
    assert_bad(&ada, &place, &json!({}), "input")?;
    let unhyphenated = json!({ "input": {
        "mutationId": fresh_id().to_string(), "orderId": order.order_id.simple().to_string(),
    } });
    assert_bad(&ada, &cancel_order_document(), &unhyphenated, "is not a UUID")?;

    assert_eq!(house.head()?, head);
    // An id that came with bad input was not used up by it.
    ada.place(&order)?;
    Ok(())
}

#[test]
fn a_tip_or_a_rating_out_of_bounds_is_told_the_bounds_and_nothing_happens() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "VALIDATED", crate::house::PATIENCE)?;
    let head = house.head()?;
    let mutation_id = fresh_id();
    for cents in [-1, 100_01] {
        let variables = set_tip_variables(mutation_id, order.order_id, cents);
        let says = format!(
            "tipCents: a tip is from $0.00 to $100.00, so from 0 to 10000 cents, not {cents}"
        );
        assert_bad(&ada, &set_tip_document(), &variables, &says)?;
    }
    for rating in [-1, 0, 6] {
        let variables = rate_order_variables(mutation_id, order.order_id, rating);
        let says = format!("rating: a rating is from 1 to 5, not {rating}");
        assert_bad(&ada, &rate_order_document(), &variables, &says)?;
    }
    let mut none = set_tip_variables(mutation_id, order.order_id, 0);
    none["input"]["tipCents"] = Value::Null;
    assert_bad(&ada, &set_tip_document(), &none, "tipCents")?;
    assert_eq!(house.head()?, head);

    for cents in [0, 100_00] {
        assert!(ada.client.set_tip(order.order_id, cents)?["refusal"].is_null());
    }
    Ok(())
}

#[test]
fn a_question_beyond_a_bound_is_told_the_bound() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    for (document, says) in [
        ("{ orders(first: 0) { cursor } }", "`first` is from 1 to 200, not 0"),
        ("{ orders(first: 201) { cursor } }", "`first` is from 1 to 200, not 201"),
        ("{ orders(first: -1) { cursor } }", "`first` is from 1 to 200, not -1"),
        ("{ orders(first: 3000000000) { cursor } }", "Only integers from -2147483648"),
        ("{ orders(after: \"x\") { cursor } }", "`x` is no endCursor"),
        ("{ orders(after: \"-1\") { cursor } }", "`-1` is no endCursor"),
        ("{ orders(status: [EATEN]) { cursor } }", "EATEN"),
        ("{ events(first: 201) { nodes { id } } }", "`first` is from 1 to 200, not 201"),
        ("{ events(after: \"7\") { nodes { id } } }", "`7` is not a cursor"),
        ("{ order(id: \"7\") { id } }", "`7` is not a UUID"),
    ] {
        assert_bad(&ada, document, &Value::Null, says)?;
    }
    Ok(())
}

#[test]
fn a_document_that_is_none_is_told_why() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let deep = "{ ofType ".repeat(40) + "{ name }" + &"}".repeat(40);
    let deep = format!("{{ __schema {{ types {deep} }} }}");
    let wide: Vec<_> = (0..1500).map(|alias| format!("a{alias}: server {{ lab }}")).collect();
    let wide = format!("{{ {} }}", wide.join(" "));
    for (document, says) in [
        ("", "does not parse"),
        ("{ orders {", "does not parse"),
        ("{ soup }", "soup"),
        ("{ orders { cursor soup } }", "soup"),
        ("query One { __typename } query Two { __typename }", "Operation name required"),
        ("{ restaurants { id", "does not parse"),
        ("{ restaurants }", "selection"),
        (&deep, "recursion depth"),
        (&wide, "complex"),
    ] {
        assert_bad(&ada, document, &Value::Null, says)?;
    }
    Ok(())
}

#[test]
fn a_name_to_sign_in_with_has_bounds() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let head = house.head()?;
    let document = "mutation($name: String!) { signIn(name: $name) { token } }";
    for name in [String::new(), "   ".into(), "x".repeat(61), "bell\u{7}".into()] {
        let error = house.stranger().error(document, &json!({ "name": name }))?;
        assert_eq!(error.code, "BAD_USER_INPUT", "{name:?}");
        assert!(error.message.contains("1 to 60 characters"), "{}", error.message);
    }
    assert_eq!(house.head()?, head);
    house.customer(&"é".repeat(60))?;
    Ok(())
}
