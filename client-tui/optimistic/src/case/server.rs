//! The server of a case, without a network: a log, its plain fold, and receipts that repeat themselves.
//! Steps 4 to 8 of an order's way, all in one hand.
//!
//! It decides with the very rules of the real one (`shared`), and knows one customer: what others do is
//! a position of the log and nothing more. It is the truth that a case holds the screen against.

pub(crate) mod reading;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use shared::catalog::{Catalog, house};
use shared::cursor::{Cursor, Position};
use shared::id::{CustomerId, LogId, MutationId, OrderId};
use shared::money::Cents;
use shared::order::Order;
use shared::order::command::Command;
use shared::order::decide::{Context, decide};
use shared::order::event::Event;
use shared::order::evolve::evolve;
use shared::order::refusal::Refusal;
use shared::order::status::OrderStatus;
use shared::policy::Policy;
use uuid::Uuid;

use crate::account::Account;
use crate::input::{Answer, Failure, FailureCode, Input, Receipt};
use crate::intent::Intent;
use crate::record::Refused;

pub(crate) use reading::Subscription;

/// When the server's clock begins: some moment in January 2027.
pub(crate) const BEGINNING: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// The time that each decision takes by the server's clock, so that no two have the same moment.
const BETWEEN_DECISIONS: SignedDuration = SignedDuration::from_secs(1);

/// The truth.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) log_id: LogId,
    pub(crate) now: Timestamp,
    pub(crate) catalog: Catalog,
    /// `None` is an event of somebody else.
    pub(crate) log: Vec<Option<(Event, Order)>>,
    pub(crate) orders: BTreeMap<OrderId, Order>,
    pub(crate) receipts: BTreeMap<MutationId, (Intent, Receipt)>,
    customer_id: CustomerId,
}

/// What comes back for a mutation.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Receipt(Receipt),
    /// A GraphQL error in place of a receipt.
    Failure(MutationId, Failure),
}

/// The customer with this number.
pub(crate) fn customer(number: u128) -> CustomerId {
    CustomerId::new(Uuid::from_u128(0x3000 + number))
}

impl Server {
    /// One with the menus of the house and an empty log of this number.
    pub(crate) fn new(log: u128) -> Self {
        Self {
            log_id: LogId::new(Uuid::from_u128(log)),
            now: BEGINNING,
            catalog: house::of_the_house(),
            log: Vec::new(),
            orders: BTreeMap::new(),
            receipts: BTreeMap::new(),
            customer_id: customer(1),
        }
    }

    pub(crate) fn account(&self) -> Account {
        Account { log_id: self.log_id, customer_id: self.customer_id }
    }

    pub(crate) fn head(&self) -> Cursor {
        self.at(self.log.len())
    }

    fn at(&self, position: usize) -> Cursor {
        let position = Position::new(u64::try_from(position).unwrap_or(u64::MAX));
        Cursor { log_id: self.log_id, position }
    }

    /// A customer's mutation. The same id gets the same answer, for ever; with another content it is
    /// a conflict.
    pub(crate) fn answer(&mut self, mutation_id: MutationId, intent: &Intent) -> Reply {
        if let Some((known, receipt)) = self.receipts.get(&mutation_id) {
            if known == intent {
                return Reply::Receipt(receipt.clone());
            }
            let message = "This mutation id was used with another input.".to_owned();
            let failure = Failure { code: FailureCode::IdempotencyConflict, message };
            return Reply::Failure(mutation_id, failure);
        }
        let order_id = intent.order_id();
        let command = command(intent, self.customer_id);
        let answer = match self.decide(order_id, &command, Some(mutation_id)) {
            Ok(()) => Answer::Accepted,
            Err(Refusal::Denied(denial)) => {
                let order = self.orders.get(&order_id);
                Answer::Refused {
                    refused: Refused {
                        code: denial.code.word().to_owned(),
                        message: denial.message,
                        order_version: order.map(|order| order.version),
                    },
                    order: order.cloned().map(Box::new),
                }
            }
            Err(Refusal::Early { why } | Refusal::Late { why }) => {
                let code = FailureCode::Other("INTERNAL".to_owned());
                return Reply::Failure(mutation_id, Failure { code, message: why });
            }
        };
        let receipt = Receipt { mutation_id, cursor: self.head(), answer };
        self.receipts.insert(mutation_id, (intent.clone(), receipt.clone()));
        Reply::Receipt(receipt)
    }

    /// A function's command; what is refused changes nothing.
    pub(crate) fn take(&mut self, order_id: OrderId, command: &Command) -> Result<(), Refusal> {
        self.decide(order_id, command, None)
    }

    /// The normal way up to this status. The error says, in words, what is in the way.
    pub(crate) fn bring_to(
        &mut self,
        order_id: OrderId,
        status: OrderStatus,
    ) -> Result<(), String> {
        let reached = |server: &Self| server.orders.get(&order_id).map(|order| order.status);
        for next in OrderStatus::WAY.into_iter().take_while(|next| *next <= status) {
            if reached(self).is_some_and(|it| it < next) {
                for command in commands_to(next) {
                    self.take(order_id, &command).map_err(|refusal| format!("{refusal:?}"))?;
                }
            }
        }
        match reached(self) {
            Some(there) if there == status => Ok(()),
            Some(there) => Err(format!("it is {there}")),
            None => Err("the server has no such order".to_owned()),
        }
    }

    /// An event that our customer does not see.
    pub(crate) fn somebody_else_acts(&mut self) {
        self.log.push(None);
    }

    fn decide(
        &mut self,
        order_id: OrderId,
        command: &Command,
        mutation_id: Option<MutationId>,
    ) -> Result<(), Refusal> {
        self.now = self.now.saturating_add(BETWEEN_DECISIONS).unwrap_or(self.now);
        let policy = Policy::default();
        let context =
            Context { now: self.now, catalog: &self.catalog, policy: &policy, stock: None };
        let data = decide(self.orders.get(&order_id), command, &context)?;
        let event = Event { order_id, recorded_at: self.now, mutation_id, data };
        if let Some(order) = evolve(self.orders.remove(&order_id), &event) {
            self.orders.insert(order_id, order.clone());
            self.log.push(Some((event, order)));
        }
        Ok(())
    }
}

impl Reply {
    /// As the link reports it.
    pub(crate) fn into_input(self) -> Input {
        match self {
            Self::Receipt(receipt) => Input::Answered(receipt),
            Self::Failure(mutation_id, failure) => Input::Failed { mutation_id, failure },
        }
    }
}

/// What the functions say to bring an order on to this status of the normal way.
fn commands_to(status: OrderStatus) -> Vec<Command> {
    match status {
        OrderStatus::Validated => vec![Command::Validate],
        OrderStatus::Paid => vec![Command::RecordCapture { amount: Cents::saturating(29_00) }],
        OrderStatus::Accepted => vec![Command::Accept],
        OrderStatus::Preparing => vec![Command::BeginCooking],
        OrderStatus::Ready => vec![Command::FinishCooking],
        OrderStatus::PickedUp => {
            vec![Command::AssignCourier { courier: "Priya".to_owned() }, Command::PickUp]
        }
        OrderStatus::Delivered => vec![Command::Deliver],
        OrderStatus::Placed
        | OrderStatus::Rejected
        | OrderStatus::PaymentDeclined
        | OrderStatus::Cancelled => Vec::new(),
    }
}

fn command(intent: &Intent, customer_id: CustomerId) -> Command {
    match intent {
        Intent::Place { order, .. } => Command::Place { customer_id, order: order.clone() },
        Intent::Cancel { .. } => Command::RequestCancellation { customer_id },
        Intent::SetTip { tip, .. } => Command::SetTip { customer_id, tip: *tip },
        Intent::Rate { rating, .. } => Command::Rate { customer_id, rating: *rating },
    }
}
