import customer from "../operations/customer.graphql?raw";
import customerVariables from "../operations/customer.variables.json?raw";
import kyc from "../operations/kyc.graphql?raw";
import officer from "../operations/officer.graphql?raw";
import officerVariables from "../operations/officer.variables.json?raw";
import payment from "../operations/payment.graphql?raw";
import paymentVariables from "../operations/payment.variables.json?raw";
import portfolio from "../operations/portfolio.graphql?raw";
import portfolioVariables from "../operations/portfolio.variables.json?raw";
import transactions from "../operations/transactions.graphql?raw";

export interface Operation {
  query: string;
  variables: string | null;
}

/** The examples that the explorer opens with, one tab each, in this order. */
export const operations: [Operation, ...Operation[]] = [
  { query: customer.trim(), variables: customerVariables.trim() },
  { query: kyc.trim(), variables: null },
  { query: officer.trim(), variables: officerVariables.trim() },
  { query: portfolio.trim(), variables: portfolioVariables.trim() },
  { query: payment.trim(), variables: paymentVariables.trim() },
  { query: transactions.trim(), variables: null },
];
