//! The operation documents as types, made from the schema at compile time.
//! Step 3 of an order's way.
//!
//! Enumerations stay words here, so that one which this build does not know is an error where it is
//! used and not a message that cannot be read at all.

use graphql_client::GraphQLQuery;

#[expect(clippy::upper_case_acronyms, reason = "the name of the scalar in the schema")]
type UUID = uuid::Uuid;
type DateTime = jiff::Timestamp;
type Cursor = shared::cursor::Cursor;
type OrderStatus = String;
type PaymentStatus = String;

macro_rules! operations {
    ($($document:tt: $($operation:ident),+;)+) => {$($(
        #[derive(GraphQLQuery)]
        #[graphql(
            schema_path = "../shared/src/schema.graphql",
            query_path = $document,
            extern_enums("OrderStatus", "PaymentStatus"),
            response_derives = "Debug",
            variables_derives = "Debug",
            skip_serializing_none
        )]
        pub(super) struct $operation;
    )+)+};
}

operations! {
    "../shared/src/operations/session.graphql": Server, SignIn;
    "../shared/src/operations/menu.graphql": Menu;
    "../shared/src/operations/events.graphql": Events;
    "../shared/src/operations/orders.graphql":
        Orders, OrderChanges, PlaceOrder, CancelOrder, SetTip, RateOrder;
}
