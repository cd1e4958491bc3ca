/* SPDX-License-Identifier: MIT */
/*
 * What is done while calls fail. Each scenario leaves nothing behind, whatever has failed, and ends
 * with step_calm() at the latest where it takes things apart.
 */
#ifndef NETCHAN_TESTS_FAULT_SCENARIOS_H
#define NETCHAN_TESTS_FAULT_SCENARIOS_H

/* Without links. */
void scenario_builder(void);
void scenario_options(void);
void scenario_queue(void);
void scenario_select(void);
void scenario_threads(void);
void scenario_values(void);

/* With them. */
void scenario_cut(void);
void scenario_events(void);
void scenario_export(void);
void scenario_import(void);
void scenario_lookup(void);
void scenario_refused(void);
void scenario_tcp(void);
void scenario_tls(void); /* where the library has TLS */

#endif
