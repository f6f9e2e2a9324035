//! A service of Tokio whose orders move from SQLite to PostgreSQL while it takes them.
//!
//! ```text
//! DB_BACKEND=dual READ_FROM_POSTGRES_PERCENT=10 cargo run --example moving_service --features route -- app.db postgresql://localhost/shop
//! ```
//!
//! `schemactl move follow` and `schemactl move cutover` do the move; the service is not restarted.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use schemactl::route::{Reads, Route, RouteOptions, Shadow, ShadowOptions, Side};
use tokio_postgres::{Client, NoTls};

/// Any error; `schemactl::route` looks through it for the fence of a move.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An order, with its lines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub(crate) id: i64,
    pub(crate) customer: String,
    pub(crate) lines: Vec<String>,
}

/// Where orders are kept: on either side, as the move has it. Its clones share their connections.
#[derive(Clone)]
pub(crate) struct Orders {
    route: Route,
    /// The reads of what a customer has ordered, and those of the lines of one order.
    reads: Reads,
    reads_of_lines: Reads,
    shadow: Shadow,
    sqlite: Pool<Connection>,
    postgres: Pool<Client>,
    path: Arc<str>,
    url: Arc<str>,
}

/// Connections that nobody uses now. A service has the pool that it likes.
struct Pool<C>(Arc<Mutex<Vec<C>>>);

impl<C> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> Pool<C> {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn take(&self) -> Option<C> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put_back(&self, connection: C) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

impl Orders {
    pub(crate) async fn open(options: RouteOptions, path: &str, url: &str) -> Result<Self, Failure> {
        let route = Route::watched(options, path, url).await?;
        let (reads, reads_of_lines) = (route.reads("orders")?, route.reads("lines")?);
        let shadow = Shadow::new(ShadowOptions::new());
        let (sqlite, postgres) = (Pool::new(), Pool::new());
        Ok(Self { route, reads, reads_of_lines, shadow, sqlite, postgres, path: path.into(), url: url.into() })
    }

    pub(crate) fn route(&self) -> &Route {
        &self.route
    }

    /// Keeps an order: on the side that is open, once.
    pub(crate) async fn place(&self, order: Order) -> Result<Side, Failure> {
        self.route
            .write(|side| {
                let (orders, order) = (self.clone(), order.clone());
                async move {
                    match side {
                        Side::Sqlite => orders.on_sqlite(move |connection| insert(connection, &order)).await?,
                        Side::Postgres => orders.insert(&order).await?,
                    }
                    Ok(side)
                }
            })
            .await
    }

    /// The orders of a customer, who always meets the same side.
    pub(crate) async fn of(&self, customer: &str) -> Result<Vec<i64>, Failure> {
        self.reads
            .read(customer, |side| async move {
                match side {
                    Side::Sqlite => {
                        let customer = customer.to_owned();
                        self.on_sqlite(move |connection| select(connection, &customer)).await
                    }
                    Side::Postgres => {
                        let client = self.client().await?;
                        let sql = "SELECT id FROM orders WHERE customer = $1 ORDER BY id";
                        let rows = client.query(sql, &[&customer]).await?;
                        self.postgres.put_back(client);
                        Ok(rows.iter().map(|row| row.get(0)).collect())
                    }
                }
            })
            .await
    }

    /// The lines of an order, which never change: so both sides are compared.
    pub(crate) async fn lines(&self, order: i64) -> Result<Vec<String>, Failure> {
        let orders = self.clone();
        let read = move |side| {
            let orders = orders.clone();
            async move { orders.lines_on(side, order).await }
        };
        let compare = |sqlite: &Vec<String>, postgres: &Vec<String>| {
            (sqlite != postgres).then(|| format!("{} lines and {}", sqlite.len(), postgres.len()))
        };
        self.shadow.read(&self.reads_of_lines, order.to_string(), read, compare).await
    }

    async fn lines_on(&self, side: Side, order: i64) -> Result<Vec<String>, Failure> {
        match side {
            Side::Sqlite => {
                self.on_sqlite(move |connection| {
                    let mut statement = connection.prepare("SELECT what FROM lines WHERE of_order = ?1 ORDER BY id")?;
                    statement.query_map([order], |row| row.get(0))?.collect()
                })
                .await
            }
            Side::Postgres => {
                let client = self.client().await?;
                let rows = client.query("SELECT what FROM lines WHERE of_order = $1 ORDER BY id", &[&order]).await?;
                self.postgres.put_back(client);
                Ok(rows.iter().map(|row| row.get(0)).collect())
            }
        }
    }

    /// SQLite blocks, and has threads of its own for that.
    async fn on_sqlite<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (pool, path) = (self.sqlite.clone(), Arc::clone(&self.path));
        let blocking = move || {
            let mut connection = pool.take().map_or_else(|| open(&path), Ok)?;
            let done = work(&mut connection)?;
            pool.put_back(connection);
            Ok(done)
        };
        tokio::task::spawn_blocking(blocking).await?
    }

    async fn client(&self) -> Result<Client, Failure> {
        if let Some(client) = self.postgres.take().filter(|client| !client.is_closed()) {
            return Ok(client);
        }
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// A whole transaction: where it fails, it has done nothing.
    async fn insert(&self, order: &Order) -> Result<(), Failure> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        let sql = "INSERT INTO orders (id, customer) VALUES ($1, $2)";
        transaction.execute(sql, &[&order.id, &order.customer]).await?;
        for line in &order.lines {
            transaction.execute("INSERT INTO lines (of_order, what) VALUES ($1, $2)", &[&order.id, line]).await?;
        }
        transaction.commit().await?;
        self.postgres.put_back(client);
        Ok(())
    }
}

fn open(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // The switch takes SQLite's lock for a moment, as any writer does.
    connection.busy_timeout(Duration::from_secs(20))?;
    Ok(connection)
}

/// A whole transaction: where it fails, it is rolled back.
fn insert(connection: &mut Connection, order: &Order) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute("INSERT INTO orders (id, customer) VALUES (?1, ?2)", (order.id, &order.customer))?;
    for line in &order.lines {
        transaction.execute("INSERT INTO lines (of_order, what) VALUES (?1, ?2)", (order.id, line))?;
    }
    transaction.commit()
}

fn select(connection: &mut Connection, customer: &str) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare("SELECT id FROM orders WHERE customer = ?1 ORDER BY id")?;
    statement.query_map([customer], |row| row.get(0))?.collect()
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (path, url) = arguments.next().zip(arguments.next()).ok_or("name the file and the URL of PostgreSQL")?;
    let orders = Orders::open(RouteOptions::from_env(["orders", "lines"])?, &path, &url).await?;
    for id in 1..=1_000 {
        let order = Order { id, customer: format!("customer {}", id % 7), lines: vec!["a book".to_owned()] };
        let side = orders.place(order).await?;
        let kept = orders.of(&format!("customer {}", id % 7)).await?;
        println!("order {id}: on {side}, with {:?}; the customer has {}", orders.lines(id).await?, kept.len());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!("{:?}", orders.route().counts());
    Ok(())
}
