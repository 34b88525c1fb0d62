//! Where every scenario plays: a backend of its own, what is on its menus, and the customers who
//! have signed in there.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use harness::http::orders::cancel_order_document;
use harness::{Attempt, Backend, BackendOptions, Client, PlaceOrder, WebSocket, eventually};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::changes::Changes;
use crate::evidence::{Books, LogFile};

/// The program under test.
pub(crate) const BACKEND: &str = env!("CARGO_BIN_EXE_tiffin-backend");
/// How long anything may take that must come: a debug build on a machine that is busy with other
/// tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// A pace at which the grace before the charge lasts well over an hour: an order stays VALIDATED.
pub(crate) const FOR_EVER: f64 = 1000.0;
/// A dish without surprises, at $14.50.
pub(crate) const TIFFIN: &str = "Three-tier Tiffin";

/// A backend of the scenario's own.
pub(crate) struct House {
    pub(crate) backend: Backend,
    pub(crate) menu: Menu,
}

/// What can be ordered, as the backend showed it.
pub(crate) struct Menu(Vec<Value>);

/// Somebody who has signed in. The backend may be killed and started again on the same port
/// meanwhile.
#[derive(Clone)]
pub(crate) struct Customer {
    pub(crate) id: Uuid,
    pub(crate) token: String,
    pub(crate) client: Client,
    url: String,
}

impl House {
    /// Opens one whose simulated durations are multiplied by `pace`.
    pub(crate) fn open(pace: f64) -> Result<Self> {
        Self::open_with(BackendOptions { pace, ..BackendOptions::default() })
    }

    /// Opens one that tells its customers nothing: messages come beside an order's way and whenever
    /// they come, and most scenarios look at what comes next.
    pub(crate) fn open_with(options: BackendOptions) -> Result<Self> {
        let house = Self::open_talkative(options)?;
        let pause = r#"mutation { setPaused(function: "notifications", paused: true) { name } }"#;
        house.operator()?.query(pause, &Value::Null)?;
        Ok(house)
    }

    /// Opens one as it is.
    pub(crate) fn open_talkative(options: BackendOptions) -> Result<Self> {
        Self::open_program(Path::new(BACKEND), options)
    }

    /// Opens one by this program, which is to be called as the backend is.
    pub(crate) fn open_program(program: &Path, options: BackendOptions) -> Result<Self> {
        let backend = Backend::start(program, options)?;
        let menu = Menu(Client::new(backend.url()).restaurants()?);
        Ok(Self { backend, menu })
    }

    /// A client who has not signed in.
    pub(crate) fn stranger(&self) -> Client {
        Client::new(self.backend.url())
    }

    /// What stands in the operator's token file.
    pub(crate) fn operator_token(&self) -> Result<String> {
        let file = self.backend.data_directory().join("tiffin.db.operator-token");
        let token = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(token.trim_end().to_owned())
    }

    /// A client who is the operator and nobody else.
    pub(crate) fn operator(&self) -> Result<Client> {
        Ok(self.stranger().with_token(self.operator_token()?))
    }

    /// A WebSocket of the operator's, who may be a customer as well.
    pub(crate) fn operator_socket(&self, customer: Option<&str>) -> Result<WebSocket> {
        let socket = WebSocket::open(&self.backend.url(), Some(harness::websocket::SUBPROTOCOL))?;
        let mut payload = json!({ "operator": self.operator_token()? });
        if let Some(token) = customer {
            payload["authorization"] = json!(format!("Bearer {token}"));
        }
        socket.initialise(&payload)?;
        Ok(socket)
    }

    pub(crate) fn customer(&self, name: &str) -> Result<Customer> {
        let url = self.backend.url();
        let client = Client::new(&url);
        let harness::Customer { id, token } = client.sign_in(name)?;
        Ok(Customer { id, client: client.with_token(&token), token, url })
    }

    /// So many portions of a dish, under fresh ids.
    pub(crate) fn order(&self, dish: &str, portions: i64) -> Result<PlaceOrder> {
        self.menu.order(dish, portions)
    }

    /// What the server says of itself.
    pub(crate) fn server(&self) -> Result<Value> {
        let document = "{ server { logId version cursor now lab } }";
        Ok(self.stranger().query(document, &Value::Null)?["server"].take())
    }

    /// Where the log ends.
    pub(crate) fn head(&self) -> Result<String> {
        Ok(text(&self.server()?, "/cursor").to_owned())
    }

    pub(crate) fn books(&self) -> Result<Books> {
        Books::open(self.backend.data_directory())
    }

    pub(crate) fn log_file(&self) -> Result<LogFile> {
        LogFile::open(&self.backend.database())
    }
}

impl Menu {
    /// So many portions of a dish, under fresh ids.
    pub(crate) fn order(&self, dish: &str, portions: i64) -> Result<PlaceOrder> {
        let dishes = self.0.iter().flat_map(|restaurant| {
            list(restaurant, "/menu").iter().map(move |dish| (restaurant, dish))
        });
        let (restaurant, dish) = { dishes }
            .find(|(_, known)| text(known, "/name") == dish)
            .with_context(|| format!("no restaurant has {dish}"))?;
        let restaurant_id = text(restaurant, "/id").parse()?;
        Ok(PlaceOrder::new(restaurant_id).line(text(dish, "/id").parse()?, portions))
    }

    /// The ids of all dishes of the restaurant that has this one.
    pub(crate) fn dishes_beside(&self, dish: &str) -> Vec<Uuid> {
        let has_it = |restaurant: &&Value| {
            list(restaurant, "/menu").iter().any(|known| text(known, "/name") == dish)
        };
        let menu =
            self.0.iter().find(has_it).map_or(&[][..], |restaurant| list(restaurant, "/menu"));
        menu.iter().filter_map(|dish| text(dish, "/id").parse().ok()).collect()
    }
}

impl Customer {
    /// Places an order that must be accepted, and gives the receipt.
    pub(crate) fn place(&self, order: &PlaceOrder) -> Result<Value> {
        let receipt = self.client.place_order(order)?;
        ensure!(receipt["refusal"].is_null(), "refused: {receipt:#}");
        Ok(receipt)
    }

    /// Waits until an order has ended and its money is settled, and gives it as it stands.
    pub(crate) fn settled(&self, order_id: Uuid) -> Result<Value> {
        let what = format!("the end of order {order_id} and of its money");
        eventually(PATIENCE, what, || match self.client.order(order_id) {
            Ok(order) if !order.is_null() && order["waitingFor"].is_null() => Attempt::Done(order),
            other => Attempt::NotYet(format!("{other:?}")),
        })
    }

    /// All events of one order, oldest first.
    pub(crate) fn events(&self, order_id: Uuid) -> Result<Vec<Value>> {
        let variables = json!({ "orderId": order_id.to_string() });
        self.all_events("query($orderId: UUID) { events(orderId: $orderId, first: 200)", &variables)
    }

    /// All events of all their orders, oldest first.
    pub(crate) fn log(&self) -> Result<Vec<Value>> {
        self.all_events("{ events(first: 200)", &Value::Null)
    }

    pub(crate) fn web_socket(&self) -> Result<WebSocket> {
        WebSocket::connect(&self.url, Some(&self.token))
    }

    /// Subscribes to the changes after a cursor, or after the present.
    pub(crate) fn follow(&self, after: Option<&str>) -> Result<Changes> {
        Changes::start(self.web_socket()?, after)
    }

    fn all_events(&self, beginning: &str, variables: &Value) -> Result<Vec<Value>> {
        let document =
            format!("{beginning} {{ nodes {{ {EVENT_FIELDS} }} pageInfo {{ hasNextPage }} }} }}");
        let data = self.client.query(&document, variables)?;
        ensure!(
            data.pointer("/events/pageInfo/hasNextPage") == Some(&Value::Bool(false)),
            "more events than this scenario can have made"
        );
        Ok(list(&data, "/events/nodes").to_vec())
    }
}

/// All that the contract tells of an event.
pub(crate) const EVENT_FIELDS: &str = "
    id cursor type schemaVersion message stream streamVersion orderId orderVersion
    mutationId causationId source occurredAt recordedAt data";

/// The text at this JSON pointer; empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The list at this JSON pointer; empty where there is none.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts at this JSON pointer of each of these.
pub(crate) fn texts<'a>(values: &'a [Value], pointer: &str) -> Vec<&'a str> {
    values.iter().map(|value| text(value, pointer)).collect()
}

/// The statuses that an order has reached, oldest first.
pub(crate) fn statuses(order: &Value) -> Vec<&str> {
    texts(list(order, "/timeline"), "/status")
}

/// The position in a cursor.
pub(crate) fn position(cursor: &str) -> Result<u64> {
    let (_, position) = cursor.split_once(':').with_context(|| format!("no cursor: {cursor:?}"))?;
    position.parse().with_context(|| format!("no position in {cursor:?}"))
}

/// Asks over this connection for a cancellation, and gives the receipt.
pub(crate) fn cancel_over(socket: &WebSocket, mutation_id: Uuid, order_id: Uuid) -> Result<Value> {
    let input = json!({ "mutationId": mutation_id.to_string(), "orderId": order_id.to_string() });
    let mut data = socket.execute(&cancel_order_document(), &json!({ "input": input }))?;
    Ok(data["cancelOrder"].take())
}
