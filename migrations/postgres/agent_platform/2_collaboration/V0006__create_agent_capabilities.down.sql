DROP TABLE agent_capabilities;
