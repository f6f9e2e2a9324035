//! Coherence: whose rights the triggers have, and who waits for whom.

use schemactl_test_support::postgres as server;

use super::coherence::{people_and_assets, postgres, uuid};
use super::coherence_cost::{costs, give, until};
use super::system::System;

fn filled() -> System {
    let system = postgres().up();
    people_and_assets(&system);
    system.query(&give(1, 1, 1, "3"));
    system
}

/// docs/systems/coherence.md has this for those who revoke UPDATE of the sums from the application.
const OWNERS_RIGHTS: &str = "
    ALTER FUNCTION coherence.update_asset_total_cost() SECURITY DEFINER;
    ALTER FUNCTION coherence.correct_asset_total_cost() SECURITY DEFINER;
    ALTER FUNCTION coherence.reduce_asset_total_cost() SECURITY DEFINER;
    ALTER FUNCTION coherence.clear_asset_total_cost() SECURITY DEFINER;
    REVOKE EXECUTE ON FUNCTION coherence.update_asset_total_cost(), coherence.correct_asset_total_cost(),
        coherence.reduce_asset_total_cost(), coherence.clear_asset_total_cost() FROM PUBLIC;";

#[test]
fn with_its_owners_rights_a_trigger_calls_nothing_of_the_callers() {
    server::roles(server::version(), &["coherence_writer"]);
    let system = filled();
    system.query(OWNERS_RIGHTS);
    system.query(
        "GRANT USAGE ON SCHEMA coherence TO coherence_writer; \
         GRANT SELECT, INSERT, DELETE ON coherence.contributions TO coherence_writer; \
         GRANT SELECT ON coherence.assets, coherence.contributors TO coherence_writer; \
         CREATE SCHEMA evil AUTHORIZATION coherence_writer; \
         CREATE TABLE public.spoils (who text); GRANT INSERT ON public.spoils TO PUBLIC",
    );
    // Functions, an operator and a table of the names that a trigger uses, first in the search path, all of which tell who runs them.
    let as_writer = format!(
        "SET ROLE coherence_writer; \
         CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS \
           $$ INSERT INTO public.spoils VALUES (current_user); SELECT pg_catalog.now() $$; \
         CREATE FUNCTION evil.plus(numeric, numeric) RETURNS numeric LANGUAGE plpgsql AS \
           $$ BEGIN INSERT INTO public.spoils VALUES (current_user); RETURN 666; END $$; \
         CREATE OPERATOR evil.+ (FUNCTION = evil.plus, LEFTARG = numeric, RIGHTARG = numeric); \
         CREATE OPERATOR evil.- (FUNCTION = evil.plus, LEFTARG = numeric, RIGHTARG = numeric); \
         CREATE TEMP TABLE assets (id uuid, total_cost numeric, updated_at timestamptz); \
         SET search_path = evil, pg_catalog, coherence; \
         {}; DELETE FROM coherence.contributions WHERE cost_amount = 3",
        give(2, 1, 1, "4").replace("INTO contributions", "INTO coherence.contributions")
    );
    system.query(&as_writer);
    costs(&system, "4", "0");
    assert_eq!(system.query("SELECT count(*) FROM public.spoils"), "0");
    // The sum is not the writer's, nor are the functions, for a table of its own.
    let refused = system.refused("SET ROLE coherence_writer; UPDATE coherence.assets SET total_cost = 0");
    assert!(refused.contains("42501"), "{refused}");
    let own = "SET ROLE coherence_writer; CREATE TABLE evil.added (asset_id uuid, cost_amount numeric); \
               CREATE TRIGGER t AFTER INSERT ON evil.added REFERENCING NEW TABLE AS added \
               FOR EACH STATEMENT EXECUTE FUNCTION coherence.update_asset_total_cost()";
    assert!(system.refused(own).contains("42501"));
    system.query("DROP OWNED BY coherence_writer CASCADE");
}

const WAITS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";

/// An UPDATE has its contribution before the asset, a DELETE of the asset the asset first. docs/systems/coherence.md says so.
#[test]
fn an_update_and_the_delete_of_its_asset_end_without_harm() {
    let system = filled();
    let [mut update, mut delete] = [(); 2].map(|()| system.server().session());
    let update_it = format!("UPDATE coherence.contributions SET cost_amount = 5 WHERE id = '{}'", uuid(1));
    let delete_it = format!("DELETE FROM coherence.assets WHERE id = '{}'", uuid(1));
    // The asset is locked, so that both stand where each has what the other needs.
    let mut gate = system.server().session();
    gate.run(&format!("BEGIN; SELECT FROM coherence.contributions WHERE id = '{}' FOR UPDATE", uuid(1)));
    delete.begin(&delete_it);
    until(|| system.query(WAITS) == "1");
    update.begin(&update_it);
    until(|| system.query(WAITS) == "2");
    gate.run("COMMIT");
    let ends = [update.finish(), delete.finish()];
    // Whoever of them is ended comes again; nothing is wrong meanwhile.
    assert!(ends.iter().filter(|end| end.contains("deadlock detected")).count() <= 1, "{ends:?}");
    let wrong = "SELECT count(*) FROM assets WHERE total_cost <> \
        (SELECT coalesce(sum(cost_amount), 0) FROM contributions WHERE asset_id = assets.id)";
    assert_eq!(system.query(wrong), "0");
}

/// The order that docs/systems/coherence.md gives: the asset first, on both sides.
#[test]
fn who_locks_the_asset_first_is_never_in_a_deadlock() {
    let system = filled();
    for _ in 0..3 {
        let [mut update, mut delete] = [(); 2].map(|()| system.server().session());
        update.run(&format!("BEGIN; SELECT FROM coherence.assets WHERE id = '{}' FOR NO KEY UPDATE", uuid(1)));
        delete.begin(&format!("DELETE FROM coherence.assets WHERE id = '{}'", uuid(1)));
        until(|| system.query(WAITS) == "1");
        assert_eq!(
            update.run(&format!("UPDATE coherence.contributions SET cost_amount = 5 WHERE id = '{}'", uuid(1))),
            ""
        );
        assert_eq!(update.run("COMMIT"), "");
        assert_eq!(delete.finish(), "");
        system.query(&format!("INSERT INTO assets (id, name, asset_type) VALUES ('{}', 'asset', 'code')", uuid(1)));
        system.query(&give(1, 1, 1, "3"));
    }
}
