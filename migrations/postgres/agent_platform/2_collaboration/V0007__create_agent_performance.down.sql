DROP TABLE agent_performance;
